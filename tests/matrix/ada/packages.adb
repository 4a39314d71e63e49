--  SPDX-License-Identifier: GPL-2.0-or-later
--  Loops, case, nested procedures, tagged types, a generic package, exceptions.
with Ada.Text_IO;
with Counting; use Counting;
with Packages_Stack;
procedure Packages is
   package Stack is new Packages_Stack (Integer);

   N_For, N_While, N_Reverse, N_Exit, N_One, N_Range, N_Others, N_Never, N_Fib, N_Leaf : Counter := 0;
   N_Raise, N_Handled, N_Other_Handled, N_Nested, N_After, N_Element : Counter := 0;
   Total : Integer := 0;

   type Vector is array (Positive range <>) of Integer;

   procedure Loops (M : Integer) is
      I : Integer := M;
   begin
      for K in 1 .. M loop
         Bump (N_For); --  @for_body
         Total := Total + K;
      end loop;
      while I > 0 loop
         Bump (N_While); --  @while_body
         I := I / 2;
      end loop;
      for K in reverse 1 .. M loop
         exit when K mod 7 = 3;
         Bump (N_Reverse); --  @reverse_body
      end loop;
      loop
         Bump (N_Exit); --  @loop_body
         I := I + 3;
         exit when I > M;
      end loop;
   end Loops;
   pragma No_Inline (Loops);

   procedure Kinds (M : Integer) is
   begin
      case M mod 10 is
         when 1 =>
            Bump (N_One); --  @one
         when 3 .. 5 | 8 =>
            Bump (N_Range); --  @range
         when 11 =>
            Bump (N_Never); --  @never
         when others =>
            Bump (N_Others); --  @others
      end case;
   end Kinds;
   pragma No_Inline (Kinds);

   function Fib (M : Natural) return Natural is --  @fib()
   begin
      Bump (N_Fib);
      if M < 2 then
         Bump (N_Leaf); --  @fib_leaf
         return M;
      end if;
      return Fib (M - 1) + Fib (M - 2);
   end Fib;
   pragma No_Inline (Fib);

   procedure Raises (M : Integer) is
      procedure Nested (V : Integer) is
      begin
         Bump (N_Nested); --  @nested
         if V mod 3 = 1 then
            Bump (N_Raise); --  @raised
            raise Constraint_Error;
         end if;
         Stack.Push (V);
      end Nested;
   begin
      Nested (M);
      Bump (N_After); --  @after
   exception
      when Constraint_Error =>
         Bump (N_Handled); --  @handled
      when Stack.Overflow =>
         Bump (N_Other_Handled); --  @other_handled
         Total := Total + Stack.Pop;
   end Raises;
   pragma No_Inline (Raises);

   procedure Sum (V : Vector) is
   begin
      for Element of V loop
         Total := Total + Element; --  @element?
      end loop;
      N_Element := N_Element + V'Length;
   end Sum;
   pragma No_Inline (Sum);
begin
   for I in 0 .. 19 loop
      Loops (I);
      Kinds (I);
      Raises (I);
      Sum ((1 .. 3 * I => I));
   end loop;
   Ada.Text_IO.Put_Line (Integer'Image (Total + Fib (10) + Stack.Depth));
   Say ("for_body", N_For);
   Say ("while_body", N_While);
   Say ("reverse_body", N_Reverse);
   Say ("loop_body", N_Exit);
   Say ("one", N_One);
   Say ("range", N_Range);
   Say ("never", N_Never);
   Say ("others", N_Others);
   Say ("fib()", N_Fib);
   Say ("fib_leaf", N_Leaf);
   Say ("nested", N_Nested);
   Say ("raised", N_Raise);
   Say ("after", N_After);
   Say ("handled", N_Handled);
   Say ("other_handled", N_Other_Handled);
   Say ("element", N_Element);
   Stack.Say;
end Packages;
