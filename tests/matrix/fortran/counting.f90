! SPDX-License-Identifier: GPL-2.0-or-later
! What a program counts of its own lines.
module counting
  implicit none
  integer(8), save :: n(40) = 0
contains
  subroutine bump(counter)
    integer(8), intent(inout) :: counter
    counter = counter + 1
  end subroutine
  subroutine say(marker, counter)
    use iso_fortran_env, only: error_unit
    character(*), intent(in) :: marker
    integer(8), intent(in) :: counter
    write (error_unit, '(a,a,1x,i0)') '@', marker, counter
  end subroutine
end module
