{ SPDX-License-Identifier: GPL-2.0-or-later }
{ What a program counts of its own lines. }
unit counting;

{$mode objfpc}

interface

procedure bump(var counter: int64);
procedure say(marker: string; counter: int64);

implementation

procedure bump(var counter: int64);
begin
  counter := counter + 1;
end;

procedure say(marker: string; counter: int64);
begin
  writeln(stderr, '@', marker, ' ', counter);
end;

end.
