! SPDX-License-Identifier: GPL-2.0-or-later
! Loops, select, module and internal procedures, recursion, array loops.
module procedures
  use counting
  implicit none
contains
  integer function loops(m) result(total)
    integer, intent(in) :: m
    integer :: i, k
    total = 0
    do i = 1, m
      call bump(n(1)) ! @do_body
      inner: do k = i, m
        if (mod(k, 5) == 4) cycle inner
        if (k > 15) exit inner
        call bump(n(2)) ! @inner
        total = total + k
      end do inner
    end do
    i = m
    do while (i > 0)
      call bump(n(3)) ! @while_body
      i = i / 2
    end do
    do i = m, 1, -3
      call bump(n(4)) ! @backwards
    end do
  end function

  integer function kinds(m) result(total)
    integer, intent(in) :: m
    total = m
    select case (mod(m, 10))
    case (1)
      call bump(n(5)) ! @one
    case (3:5)
      call bump(n(6)) ! @range
    case (11)
      call bump(n(7)) ! @never
    case default
      call bump(n(8)) ! @default
    end select
    if (m > 10) then
      call bump(n(9)) ! @large
    else if (m > 5) then
      call bump(n(10)) ! @medium
    else
      call bump(n(11)) ! @small
    end if
    total = total + inside(m)
  contains
    integer function inside(v)
      integer, intent(in) :: v
      call bump(n(12)) ! @inside
      inside = v * 2
    end function
  end function

  recursive integer function fib(m) result(value) ! @fib()
    integer, intent(in) :: m
    call bump(n(13))
    if (m < 2) then
      call bump(n(14)) ! @fib_leaf
      value = m
      return
    end if
    value = fib(m - 1) + fib(m - 2)
  end function

  subroutine arrays(a, b, m)
    integer, intent(in) :: m
    real, intent(inout) :: a(m)
    real, intent(in) :: b(m)
    integer :: i
    do i = 1, m
      a(i) = a(i) + 2 * b(i) ! @element?
    end do
    n(15) = n(15) + m
  end subroutine

  elemental real function scaled(x)
    real, intent(in) :: x
    scaled = x * 3 + 1
  end function
end module

program main
  use procedures
  integer :: i, total
  real :: a(100), b(100)
  total = 0
  a = 1
  b = scaled(a)
  do i = 0, 19
    total = total + loops(i) + kinds(i)
    call arrays(a, b, 5 * i)
  end do
  total = total + fib(10)
  print *, total, a(3)
  call say('do_body', n(1))
  call say('inner', n(2))
  call say('while_body', n(3))
  call say('backwards', n(4))
  call say('one', n(5))
  call say('range', n(6))
  call say('never', n(7))
  call say('default', n(8))
  call say('large', n(9))
  call say('medium', n(10))
  call say('small', n(11))
  call say('inside', n(12))
  call say('fib()', n(13))
  call say('fib_leaf', n(14))
  call say('element', n(15))
end program
