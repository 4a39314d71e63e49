# SPDX-License-Identifier: GPL-2.0-or-later
# Functions of which nothing but their code tells where their frames are, or what tells it is wrong. See frames.c.
	.text

# A frame pointer, and no call frame information.
	.globl	pointer
	.type	pointer, @function
pointer:
	push	%rbp
	mov	%rsp, %rbp
	sub	$64, %rsp
	and	$-32, %rsp
	call	doze			/* hits: 20 */
	test	%eax, %eax
	jne	1f
	call	count			/* hits: 10 */
1:	leave
	ret				/* hits: 20 */
	.size	pointer, .-pointer

# No frame pointer either.
	.globl	plain
	.type	plain, @function
plain:
	push	%rbx
	sub	$16, %rsp
	call	doze			/* hits: 20 */
	test	%eax, %eax
	jne	1f
	push	$1
	push	$2
	call	count			/* hits: 10 */
	add	$16, %rsp
1:	add	$16, %rsp
	pop	%rbx
	ret				/* hits: 20 */
	.size	plain, .-plain

# Call frame information that forgets the push.
	.globl	forgetful
	.type	forgetful, @function
forgetful:
	.cfi_startproc
	push	%rbx
	call	doze			/* hits: 20 */
	test	%eax, %eax
	jne	1f
	call	count			/* hits: 10 */
1:	pop	%rbx
	ret				/* hits: 20 */
	.cfi_endproc
	.size	forgetful, .-forgetful

# The stack pointer is kept in memory: there is no telling where the frame is.
	.globl	lost
	.type	lost, @function
lost:
	mov	%rsp, kept(%rip)
	and	$-64, %rsp
	call	doze			/* hits: 20 */
	test	%eax, %eax
	jne	1f
	call	count			/* hits: 10 */
1:	mov	kept(%rip), %rsp
	ret				/* hits: 20 */
	.size	lost, .-lost

# A loop whose head is the entry, with a call in it that does not always return.
	.globl	drain
	.type	drain, @function
drain:
	.cfi_startproc
	sub	$8, %rsp		/* hits: 100 */
	.cfi_def_cfa_offset 16
	call	drop			/* hits: 100 */
	add	$8, %rsp		/* hits: 90 */
	.cfi_def_cfa_offset 8
	test	%eax, %eax
	jne	drain			/* hits: 90 */
	ret				/* hits: 10 */
	.cfi_endproc
	.size	drain, .-drain

# The same, closed by a jump without a condition.
	.globl	pour
	.type	pour, @function
pour:
	.cfi_startproc
	sub	$8, %rsp		/* hits: 100 */
	.cfi_def_cfa_offset 16
	call	drop			/* hits: 100 */
	add	$8, %rsp		/* hits: 90 */
	.cfi_def_cfa_offset 8
	test	%eax, %eax
	je	1f			/* hits: 90 */
	jmp	pour			/* hits: 80 */
1:	ret				/* hits: 10 */
	.cfi_endproc
	.size	pour, .-pour

	.local	kept
	.comm	kept, 8, 8
	.section .note.GNU-stack, "", @progbits
