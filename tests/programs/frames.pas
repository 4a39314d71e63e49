{ SPDX-License-Identifier: GPL-2.0-or-later
  Free Pascal writes call frame information that nobody can read. }
program frames;
{$mode objfpc}
uses SysUtils;
type
  TNapper = class
    constructor Create(n: Integer);
  end;
var
  naps: Integer;
constructor TNapper.Create(n: Integer);
begin
  Sleep(n);      { /* hits: 10 */ }
  Inc(naps);     { /* hits: 10 */ }
end;
function Fact(n: Integer): Int64;
begin
  if n <= 1 then { /* hits: 10 */ }
    Result := 1  { /* hits: 1 */ }
  else
    Result := n * Fact(n - 1); { /* hits: 9 */ }
end;
function Caught(n: Integer): Integer;
begin
  Result := 0;   { /* hits: 9 */ }
  try
    if n mod 3 = 0 then raise Exception.Create('three'); { /* hits: 9 */ }
    Inc(Result); { /* hits: 6 */ }
  except
    Dec(Result); { /* hits: 3 */ }
  end;
end;
var
  i: Integer; begun: TDateTime;
begin
  begun := Now;
  for i := 1 to 10 do TNapper.Create(2).Free;
  WriteLn('counter napped ', Round((Now - begun) * 86400e9));
  for i := 1 to 9 do Inc(naps, Caught(i));
  if (Fact(10) <> 3628800) or (naps <> 13) then Halt(1);
end.
