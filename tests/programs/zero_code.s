# SPDX-License-Identifier: GPL-2.0-or-later
# pick() is as rustc compiles an early return: code with line 0 begins a block. stray() is the same without any row there.
	.file	1 "zero.c"
	.text
	.globl	pick
	.type	pick, @function
pick:
	.loc	1 13
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.loc	1 15
	test	$3, %edi
	je	1f
	.loc	1 16
	mov	$1, %edi
	call	bump
	jmp	2f
	.loc	1 0
1:	xor	%edi, %edi
	.loc	1 18
	call	bump
	.loc	1 19
2:	pop	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	pick, .-pick

	.globl	stray
	.type	stray, @function
stray:
	.loc	1 21
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.loc	1 23
	mov	%edi, %eax
	xor	%edx, %edx
	mov	$5, %ecx
	div	%ecx
	test	%edx, %edx
	je	1f
	.loc	1 24
	mov	$3, %edi
	call	bump
	jmp	2f
1:	mov	$2, %edi
	.loc	1 26
	call	bump
	.loc	1 27
2:	pop	%rbx
	.cfi_adjust_cfa_offset -8
	ret
	.cfi_endproc
	.size	stray, .-stray
	.section .note.GNU-stack,"",@progbits
