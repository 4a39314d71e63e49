-- SPDX-License-Identifier: GPL-2.0-or-later
with Work; with Ada.Text_IO;
procedure Main is
   X : Integer := 0;
   W : Work.Worker;
   use type Integer;
begin
   X := Work."and" ("a", "b");
   for I in 1 .. 10 loop
      X := X + Work.Fact (5) + Work."+" ("a", "b");
      Work.Over (I); Work.Over (1.0); Work.Inner.Deep (I);
   end loop;
   Ada.Text_IO.Put_Line (X'Image);
end Main;
