{ SPDX-License-Identifier: GPL-2.0-or-later }
program Shapes;
{$mode objfpc}
type
  TCircle = class
    R: Integer;
    function Area: Integer;
    constructor Create(x: Integer);
  end;
constructor TCircle.Create(x: Integer);
begin
  R := x;
end;
function TCircle.Area: Integer;
begin
  Area := R * 3;
end;
function Fact(N: Integer): Integer;
begin
  if N <= 1 then Fact := 1 else Fact := N * Fact(N - 1);
end;
procedure Over(N: Integer); overload;
begin
  writeln(N);
end;
procedure Over(N: String); overload;
begin
  writeln(N);
end;
var c: TCircle; i, s: Integer;
begin
  for i := 1 to 10 do begin
    c := TCircle.Create(i); s := s + c.Area + Fact(5); Over(i); Over('x');
  end;
  writeln(s);
end.
