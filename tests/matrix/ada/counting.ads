--  SPDX-License-Identifier: GPL-2.0-or-later
--  What a program counts of its own lines.
package Counting is
   type Counter is new Long_Integer;
   procedure Bump (Count : in out Counter);
   pragma No_Inline (Bump);
   procedure Say (Marker : String; Count : Counter);
end Counting;
