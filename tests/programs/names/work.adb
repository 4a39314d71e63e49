-- SPDX-License-Identifier: GPL-2.0-or-later
package body Work is
   S : Integer := 0 with Volatile;
   function Fact (N : Integer) return Integer is
      function Local (M : Integer) return Integer is
      begin
         return M + N;
      end Local;
   begin
      if N <= 1 then
         return Local (0);
      end if;
      return N * Fact (N - 1);
   end Fact;
   procedure Over (N : Integer) is
   begin
      S := S + N;
   end Over;
   procedure Over (N : Float) is
   begin
      S := S + Integer (N);
   end Over;
   function "+" (A, B : String) return Integer is
   begin
      return A'Length + B'Length;
   end "+";
   function "and" (A, B : String) return Integer is
   begin
      return A'Length * B'Length;
   end "and";
   package body Inner is
      procedure Deep (N : Integer) is
      begin
         declare
            procedure In_Block is
            begin
               S := S + N;
            end In_Block;
         begin
            In_Block;
         end;
      end Deep;
   end Inner;
   task body Worker is
   begin
      S := S + 1;
   end Worker;
end Work;
