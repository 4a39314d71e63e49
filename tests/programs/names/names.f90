! SPDX-License-Identifier: GPL-2.0-or-later
module Stats
contains
  subroutine Accumulate(x, s)
    integer :: x, s
    s = s + x
    call inner()
  contains
    subroutine inner()
      s = s + 1
    end subroutine
  end subroutine
end module
integer function Outside(n)
  integer :: n
  Outside = n + 1
end function
program MyProg
  use Stats
  integer :: i, s
  integer, external :: Outside
  s = 0
  do i = 1, 10
    call Accumulate(i, s)
    s = s + Outside(i)
  end do
  print *, s
end program
