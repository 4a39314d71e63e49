--  SPDX-License-Identifier: GPL-2.0-or-later
generic
   type Item is private;
package Packages_Stack is
   Overflow : exception;
   procedure Push (Value : Item);
   function Pop return Item;
   function Depth return Natural;
   procedure Say;
end Packages_Stack;
