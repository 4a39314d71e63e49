{ SPDX-License-Identifier: GPL-2.0-or-later }
{ Loops, case, methods, nested procedures, recursion, exceptions. }
program methods;

{$mode objfpc}

uses
  sysutils, counting;

var
  n_for, n_down, n_while, n_repeat, n_one, n_range, n_else, n_never, n_fib, n_leaf: int64;
  n_area, n_flat, n_doubled, n_raise, n_handled, n_finally, n_after, n_nested, n_gcd, n_sum: int64;
  v: array[0..99] of integer;
  i: integer;
  total: int64;

type
  tshape = class
    function area: integer; virtual; abstract;
    function doubled: integer;
  end;

  tsquare = class(tshape)
    side: integer;
    function area: integer; override;
  end;

  tline = class(tshape)
    function area: integer; override;
  end;

function tshape.doubled: integer;
begin
  bump(n_doubled); { @doubled }
  doubled := 2 * area;
end;

function tsquare.area: integer;
begin
  bump(n_area); { @area }
  area := side * side;
end;

function tline.area: integer;
begin
  bump(n_flat); { @flat }
  area := 0;
end;

procedure loops(m: integer);
var
  k: integer;
begin
  for k := 1 to m do
    bump(n_for); { @for_body }
  for k := m downto 1 do
  begin
    if k mod 5 = 4 then
      continue;
    if k = 11 then
      break;
    bump(n_down); { @down_body }
  end;
  k := m;
  while k > 0 do
  begin
    bump(n_while); { @while_body }
    k := k div 2;
  end;
  repeat
    bump(n_repeat); { @repeat_body }
    k := k + 3;
  until k > m;
end;

procedure kinds(m: integer);
begin
  case m mod 10 of
    1: bump(n_one); { @one }
    3..5, 8:
      bump(n_range); { @range }
    11:
      bump(n_never); { @never }
  else
    bump(n_else); { @otherwise }
  end;
end;

{ Free Pascal does not say where a function is declared. }
function fib(m: integer): integer;
begin { @fib() }
  bump(n_fib);
  if m < 2 then
  begin
    bump(n_leaf); { @fib_leaf }
    exit(m);
  end;
  fib := fib(m - 1) + fib(m - 2);
end;

function gcd(a, b: integer): integer;
begin
  bump(n_gcd); { @gcd }
  if b = 0 then
    gcd := a
  else
    gcd := gcd(b, a mod b);
end;

procedure raises(m: integer);

  procedure nested;
  begin
    bump(n_nested); { @nested }
    if m mod 3 = 1 then
    begin
      bump(n_raise); { @raised }
      raise exception.create('one');
    end;
  end;

begin
  try
    try
      nested;
      bump(n_after); { @after }
    finally
      bump(n_finally); { @finally }
    end;
  except
    on e: exception do
      bump(n_handled); { @handled }
  end;
end;

procedure sum(m: integer);
var
  k: integer;
begin
  for k := 0 to m - 1 do
    total := total + v[k]; { @sum }
  n_sum := n_sum + m;
end;

procedure shapes(m: integer);
var
  shape: tshape;
begin
  if m mod 3 = 0 then
    shape := tline.create
  else
  begin
    shape := tsquare.create;
    tsquare(shape).side := m;
  end;
  total := total + shape.doubled;
  shape.free;
end;

begin
  for i := 0 to 99 do
    v[i] := i * 7 mod 31;
  for i := 0 to 19 do
  begin
    loops(i);
    kinds(i);
    raises(i);
    sum(5 * i);
    shapes(i);
    total := total + gcd(i * 12, 18);
  end;
  writeln(total + fib(10));
  say('for_body', n_for);
  say('down_body', n_down);
  say('while_body', n_while);
  say('repeat_body', n_repeat);
  say('one', n_one);
  say('range', n_range);
  say('never', n_never);
  say('otherwise', n_else);
  say('fib()', n_fib);
  say('fib_leaf', n_leaf);
  say('gcd', n_gcd);
  say('nested', n_nested);
  say('raised', n_raise);
  say('after', n_after);
  say('finally', n_finally);
  say('handled', n_handled);
  say('sum', n_sum);
  say('doubled', n_doubled);
  say('area', n_area);
  say('flat', n_flat);
end.
