--  SPDX-License-Identifier: GPL-2.0-or-later
with Ada.Text_IO; use Ada.Text_IO;
package body Counting is
   procedure Bump (Count : in out Counter) is
   begin
      Count := Count + 1;
   end Bump;

   procedure Say (Marker : String; Count : Counter) is
   begin
      Put_Line (Standard_Error, "@" & Marker & Count'Image);
   end Say;
end Counting;
