-- SPDX-License-Identifier: GPL-2.0-or-later
package Work is
   function Fact (N : Integer) return Integer;
   procedure Over (N : Integer);
   procedure Over (N : Float);
   function "+" (A, B : String) return Integer;
   function "and" (A, B : String) return Integer;
   task type Worker;
   package Inner is
      procedure Deep (N : Integer);
   end Inner;
end Work;
