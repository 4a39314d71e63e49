--  SPDX-License-Identifier: GPL-2.0-or-later
with Counting; use Counting;
package body Packages_Stack is
   Items : array (1 .. 8) of Item;
   Top : Natural := 0;
   N_Push, N_Full, N_Pop : Counter := 0;

   procedure Push (Value : Item) is
   begin
      Bump (N_Push); --  @push
      if Top = Items'Last then
         Bump (N_Full); --  @full
         raise Overflow;
      end if;
      Top := Top + 1;
      Items (Top) := Value;
   end Push;

   function Pop return Item is
   begin
      Bump (N_Pop); --  @pop
      Top := Top - 1;
      return Items (Top + 1);
   end Pop;

   function Depth return Natural is (Top);

   procedure Say is
   begin
      Say ("push", N_Push);
      Say ("full", N_Full);
      Say ("pop", N_Pop);
   end Say;
end Packages_Stack;
