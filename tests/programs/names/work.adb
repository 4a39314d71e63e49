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
   package body Inner is
      procedure Deep (N : Integer) is
      begin
         S := S + N;
      end Deep;
   end Inner;
end Work;
