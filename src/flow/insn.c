// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The class of a probe follows from the kernel's arch/x86/kernel/uprobes.c, not from the processor. The kernel emulates
 * direct jumps, conditional jumps and calls (unless they have an operand size prefix), pushes of one general register,
 * and some nops. Of other instructions it makes a copy elsewhere, and executes that under the trap flag. It refuses
 * lock prefixes, and segment prefixes other than fs and gs. It also accepts many instructions that are not safe to
 * probe. So everything that is not known to be harmless is refused here: mnemonics are whitelisted, and so are
 * prefixes, by the place where they are expected.
 *
 * An operand that is relative to rip means another place in a copy. The kernel lends the copy a register in place of
 * rip, one that the instruction does not name. Such an instruction is probed only where no other can be.
 *
 * Operands are not decoded: opcode, ModRM, SIB and displacement tell all that is needed, in a third of the time.
 */
#include <Zydis/Zydis.h>
#include <errno.h>
#include <string.h>

#include "flow/insn.h"

#define M(name) ZYDIS_MNEMONIC_##name
#define C(name) ZYDIS_CATEGORY_##name

#define FLAG_CF 0x001
#define FLAG_PF 0x004
#define FLAG_ZF 0x040
#define FLAG_SF 0x080
#define FLAG_OF 0x800

/* Nothing is mapped below this address, so a smaller number is not an address. */
#define LOWEST_ADDRESS 0x1000

#define REX_B 0x41 /* prefix of a push of r8 to r15 */

/* Times in 1/100 ns on a 3 GHz core, operands in registers, half-way between latency and throughput. */
static const uint16_t category_cost[ZYDIS_CATEGORY_MAX_VALUE + 1] = {
	[C(BINARY)] = 20,     [C(LOGICAL)] = 20,     [C(DATAXFER)] = 15,  [C(MISC)] = 20,	[C(NOP)] = 10,
	[C(WIDENOP)] = 10,    [C(SETCC)] = 30,	     [C(CMOV)] = 30,	  [C(SHIFT)] = 30,	[C(ROTATE)] = 40,
	[C(BITBYTE)] = 40,    [C(CONVERT)] = 130,    [C(COND_BR)] = 30,	  [C(UNCOND_BR)] = 30,	[C(CALL)] = 60,
	[C(RET)] = 60,	      [C(PUSH)] = 30,	     [C(POP)] = 40,	  [C(FLAGOP)] = 30,	[C(STRINGOP)] = 100,
	[C(SEMAPHORE)] = 300, [C(SYSTEM)] = 5000,    [C(SSE)] = 100,	  [C(LOGICAL_FP)] = 30, [C(AVX)] = 100,
	[C(AVX2)] = 100,      [C(AVX2GATHER)] = 600, [C(AVX512)] = 100,	  [C(BROADCAST)] = 100, [C(VFMA)] = 130,
	[C(AES)] = 130,	      [C(MMX)] = 50,	     [C(X87_ALU)] = 130,  [C(XSAVE)] = 5000,	[C(XSAVEOPT)] = 5000,
	[C(PREFETCH)] = 30,   [C(RDRAND)] = 30000,   [C(RDSEED)] = 30000, [C(BMI1)] = 30,	[C(BMI2)] = 40,
	[C(ADOX_ADCX)] = 30,  [C(DECIMAL)] = 100,
};

/* Exceptions from the above, by mnemonic. */
static const uint16_t mnemonic_cost[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
	[M(MUL)] = 100,	     [M(IMUL)] = 100,	     [M(MULX)] = 120,	  [M(DIV)] = 900,	  [M(IDIV)] = 1000,
	[M(XCHG)] = 50,	     [M(LEAVE)] = 60,	     [M(CPUID)] = 10000,  [M(RDTSC)] = 700,	  [M(RDTSCP)] = 1000,
	[M(MFENCE)] = 1000,  [M(LFENCE)] = 300,	     [M(SFENCE)] = 300,	  [M(SERIALIZE)] = 10000, [M(PAUSE)] = 1500,
	[M(CLFLUSH)] = 5000, [M(CLFLUSHOPT)] = 2000, [M(CLWB)] = 2000,	  [M(XGETBV)] = 700,	  [M(RDPKRU)] = 200,
	[M(WRPKRU)] = 1000,  [M(RDPID)] = 500,	     [M(RDFSBASE)] = 200, [M(RDGSBASE)] = 200,	  [M(WRFSBASE)] = 500,
	[M(WRGSBASE)] = 500, [M(ENDBR64)] = 10,	     [M(LDMXCSR)] = 300,  [M(STMXCSR)] = 200,	  [M(EMMS)] = 600,
	[M(XBEGIN)] = 3000,  [M(XEND)] = 3000,	     [M(LOOP)] = 200,	  [M(LOOPE)] = 200,	  [M(LOOPNE)] = 200,
	[M(JRCXZ)] = 50,     [M(ADDSS)] = 130,	     [M(ADDSD)] = 130,	  [M(ADDPS)] = 130,	  [M(ADDPD)] = 130,
	[M(SUBSS)] = 130,    [M(SUBSD)] = 130,	     [M(SUBPS)] = 130,	  [M(SUBPD)] = 130,	  [M(MULSS)] = 130,
	[M(MULSD)] = 130,    [M(MULPS)] = 130,	     [M(MULPD)] = 130,	  [M(VADDSS)] = 130,	  [M(VADDSD)] = 130,
	[M(VADDPS)] = 130,   [M(VADDPD)] = 130,	     [M(VSUBSS)] = 130,	  [M(VSUBSD)] = 130,	  [M(VSUBPS)] = 130,
	[M(VSUBPD)] = 130,   [M(VMULSS)] = 130,	     [M(VMULSD)] = 130,	  [M(VMULPS)] = 130,	  [M(VMULPD)] = 130,
	[M(DIVSS)] = 400,    [M(DIVSD)] = 450,	     [M(DIVPS)] = 400,	  [M(DIVPD)] = 450,	  [M(VDIVSS)] = 400,
	[M(VDIVSD)] = 450,   [M(VDIVPS)] = 500,	     [M(VDIVPD)] = 800,	  [M(SQRTSS)] = 450,	  [M(SQRTSD)] = 500,
	[M(SQRTPS)] = 450,   [M(SQRTPD)] = 500,	     [M(VSQRTSS)] = 450,  [M(VSQRTSD)] = 500,	  [M(VSQRTPS)] = 600,
	[M(VSQRTPD)] = 900,  [M(FDIV)] = 500,	     [M(FDIVP)] = 500,	  [M(FDIVR)] = 500,	  [M(FDIVRP)] = 500,
	[M(FIDIV)] = 500,    [M(FIDIVR)] = 500,	     [M(FSQRT)] = 700,	  [M(FPREM)] = 1000,	  [M(FPREM1)] = 1000,
	[M(FSIN)] = 3000,    [M(FCOS)] = 3000,	     [M(FSINCOS)] = 4000, [M(FPTAN)] = 4000,	  [M(FPATAN)] = 4000,
	[M(F2XM1)] = 2500,   [M(FYL2X)] = 3000,	     [M(FYL2XP1)] = 3000, [M(MOVSS)] = 20,	  [M(MOVSD)] = 20,
	[M(MOVAPS)] = 15,    [M(MOVAPD)] = 15,	     [M(MOVUPS)] = 15,	  [M(MOVUPD)] = 15,	  [M(MOVDQA)] = 15,
	[M(MOVDQU)] = 15,    [M(MOVD)] = 50,	     [M(MOVQ)] = 50,	  [M(PXOR)] = 10,
};

enum {
	COST_DEFAULT = 50,
	COST_LOAD = 50,	 /* is added when there is a memory operand */
	COST_STORE = 15, /* is added instead for a plain store, since no later instruction waits for it */
	COST_ATOMIC = 600,
};

/* General-register and legacy SSE instructions that do the same when a copy of them is executed at another address. */
static const bool step_safe[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {
	[M(MOV)] = true,       [M(LEA)] = true,	      [M(ADD)] = true,	    [M(SUB)] = true,	  [M(AND)] = true,
	[M(OR)] = true,	       [M(XOR)] = true,	      [M(CMP)] = true,	    [M(TEST)] = true,	  [M(INC)] = true,
	[M(DEC)] = true,       [M(NEG)] = true,	      [M(NOT)] = true,	    [M(IMUL)] = true,	  [M(MUL)] = true,
	[M(ADC)] = true,       [M(SBB)] = true,	      [M(MOVZX)] = true,    [M(MOVSX)] = true,	  [M(MOVSXD)] = true,
	[M(CBW)] = true,       [M(CWDE)] = true,      [M(CDQE)] = true,	    [M(CWD)] = true,	  [M(CDQ)] = true,
	[M(CQO)] = true,       [M(SHL)] = true,	      [M(SHR)] = true,	    [M(SAR)] = true,	  [M(ROL)] = true,
	[M(ROR)] = true,       [M(POP)] = true,	      [M(LEAVE)] = true,    [M(RET)] = true,	  [M(ENDBR64)] = true,
	[M(JRCXZ)] = true,     [M(MOVSS)] = true,     [M(MOVSD)] = true,    [M(MOVD)] = true,	  [M(MOVQ)] = true,
	[M(MOVAPS)] = true,    [M(MOVAPD)] = true,    [M(MOVUPS)] = true,   [M(MOVUPD)] = true,	  [M(MOVDQA)] = true,
	[M(MOVDQU)] = true,    [M(ADDSS)] = true,     [M(ADDSD)] = true,    [M(SUBSS)] = true,	  [M(SUBSD)] = true,
	[M(MULSS)] = true,     [M(MULSD)] = true,     [M(DIVSS)] = true,    [M(DIVSD)] = true,	  [M(UCOMISS)] = true,
	[M(UCOMISD)] = true,   [M(COMISS)] = true,    [M(COMISD)] = true,   [M(CVTSI2SS)] = true, [M(CVTSI2SD)] = true,
	[M(CVTTSS2SI)] = true, [M(CVTTSD2SI)] = true, [M(CVTSS2SD)] = true, [M(CVTSD2SS)] = true, [M(PXOR)] = true,
	[M(XORPS)] = true,     [M(XORPD)] = true,     [M(ANDPS)] = true,    [M(ANDPD)] = true,
};

static bool in_map(const ZydisDecodedInstruction *d, ZydisOpcodeMap map, uint8_t lo, uint8_t hi)
{
	return d->opcode_map == map && d->opcode >= lo && d->opcode <= hi;
}

static bool is_default(const ZydisDecodedInstruction *d, uint8_t lo, uint8_t hi)
{
	return in_map(d, ZYDIS_OPCODE_MAP_DEFAULT, lo, hi);
}

static bool is_0f(const ZydisDecodedInstruction *d, uint8_t lo, uint8_t hi)
{
	return in_map(d, ZYDIS_OPCODE_MAP_0F, lo, hi);
}

static bool is_jcc(const ZydisDecodedInstruction *d)
{
	return is_default(d, 0x70, 0x7f) || is_0f(d, 0x80, 0x8f);
}

static bool has_memory(const ZydisDecodedInstruction *d)
{
	return (d->attributes & ZYDIS_ATTRIB_HAS_MODRM) && d->raw.modrm.mod != 3;
}

static bool is_rip_relative(const ZydisDecodedInstruction *d)
{
	return has_memory(d) && d->raw.modrm.mod == 0 && d->raw.modrm.rm == 5;
}

static bool is_rep_string(const ZydisDecodedInstruction *d)
{
	const ZydisInstructionAttributes rep = ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE;

	return (d->meta.category == C(STRINGOP) || d->meta.category == C(IOSTRINGOP)) && (d->attributes & rep);
}

static enum insn_flow flow_of(const ZydisDecodedInstruction *d)
{
	switch (d->mnemonic) {
	case M(JMP):
		return is_default(d, 0xe9, 0xe9) || is_default(d, 0xeb, 0xeb) ? INSN_FLOW_JUMP
									      : INSN_FLOW_JUMP_INDIRECT;
	case M(CALL):
		return is_default(d, 0xe8, 0xe8) ? INSN_FLOW_CALL : INSN_FLOW_CALL_INDIRECT;
	case M(RET):
	case M(IRET):
	case M(IRETD):
	case M(IRETQ):
	case M(UIRET):
	case M(SYSRET):
	case M(SYSEXIT):
		return INSN_FLOW_RETURN;
	case M(UD0):
	case M(UD1):
	case M(UD2):
	case M(HLT):
	case M(INT3):
		return INSN_FLOW_STOP;
	case M(JCXZ):
	case M(JECXZ):
	case M(JRCXZ):
	case M(LOOP):
	case M(LOOPE):
	case M(LOOPNE):
	case M(XBEGIN):
		return INSN_FLOW_COND;
	default:
		return is_jcc(d) ? INSN_FLOW_COND : INSN_FLOW_NEXT;
	}
}

/* The low four bits of a jcc's opcode number its condition; each odd one is the inverse of the even one before it. */
static struct insn_condition condition_of(const ZydisDecodedInstruction *d)
{
	static const struct insn_condition by_number[8] = {
		{.mask = FLAG_OF},				/* jo */
		{.mask = FLAG_CF},				/* jb */
		{.mask = FLAG_ZF},				/* je */
		{.mask = FLAG_CF | FLAG_ZF},			/* jbe */
		{.mask = FLAG_SF},				/* js */
		{.mask = FLAG_PF},				/* jp */
		{.mask = FLAG_SF, .sf_xor_of = true},		/* jl */
		{.mask = FLAG_SF | FLAG_ZF, .sf_xor_of = true}, /* jle */
	};
	struct insn_condition condition = {0};

	if (is_jcc(d)) {
		condition = by_number[(d->opcode & 0xf) >> 1];
		condition.invert = d->opcode & 1;
	} else if (d->mnemonic == M(JRCXZ)) {
		condition.rcx_width = 8;
	} else if (d->mnemonic == M(JECXZ)) {
		condition.rcx_width = 4;
	}
	return condition;
}

static enum insn_long long_of(const ZydisDecodedInstruction *d, enum insn_flow flow)
{
	if (flow == INSN_FLOW_CALL || flow == INSN_FLOW_CALL_INDIRECT)
		return INSN_LONG_CALL;
	if (d->mnemonic == M(SYSCALL) || d->mnemonic == M(SYSENTER))
		return INSN_LONG_SYSCALL;
	if (d->mnemonic == M(INT) && d->raw.imm[0].value.u == 0x80)
		return INSN_LONG_SYSCALL;
	return is_rep_string(d) ? INSN_LONG_REP : INSN_SHORT;
}

static bool is_rex(uint8_t byte)
{
	return (byte & 0xf0) == 0x40;
}

/* Whether every prefix is one of the bytes of the string ALLOWED or, if REX is set, a REX prefix. */
static bool prefixes_within(const ZydisDecodedInstruction *d, const char *allowed, bool rex)
{
	for (unsigned i = 0; i < d->raw.prefix_count; i++) {
		uint8_t byte = d->raw.prefixes[i].value;

		if (!(rex && is_rex(byte)) && !strchr(allowed, byte))
			return false;
	}
	return true;
}

/*
 * The class of a direct branch. Linkers write `67 e8` when they turn a call through the GOT into a direct one; the
 * kernel emulates that like any other call. Other prefixes are hardly ever seen, so such branches are not probed.
 */
static enum insn_probe probe_of_branch(const ZydisDecodedInstruction *d, enum insn_flow flow)
{
	if (!prefixes_within(d, flow == INSN_FLOW_CALL ? "\x67" : "", false))
		return INSN_PROBE_NEVER;
	if (flow == INSN_FLOW_JUMP)
		return INSN_PROBE_JMP;
	return flow == INSN_FLOW_CALL ? INSN_PROBE_CALL : INSN_PROBE_JCC;
}

/*
 * Whether the form of a whitelisted mnemonic is not harmless: it touches segment, control or debug registers, has a
 * 64-bit address, pops to memory, returns far, or is a string instruction.
 */
static bool is_odd_form(const ZydisDecodedInstruction *d)
{
	switch (d->mnemonic) {
	case M(MOV):
		return is_default(d, 0x8c, 0x8c) || is_default(d, 0x8e, 0x8e) || !is_default(d, 0x88, 0xc7) ||
		       is_default(d, 0xa0, 0xa3);
	case M(POP):
		return !is_default(d, 0x58, 0x5f);
	case M(RET):
		return !is_default(d, 0xc2, 0xc3);
	case M(MOVSD): /* the string instruction; SSE's, of the same mnemonic, is in the 0f map */
		return d->opcode_map != ZYDIS_OPCODE_MAP_0F;
	default:
		return false;
	}
}

static bool is_step_safe(const ZydisDecodedInstruction *d)
{
	bool listed = step_safe[d->mnemonic] || d->meta.category == C(SETCC) || d->meta.category == C(CMOV);

	if (!listed || d->encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY)
		return false;
	if (is_odd_form(d))
		return false;
	/* f2 and f3 are part of the opcode of SSE instructions and endbr64; `rep ret` is an old idiom. */
	if (d->opcode_map == ZYDIS_OPCODE_MAP_0F)
		return prefixes_within(d, "\x66\xf2\xf3", true);
	if (d->mnemonic == M(RET))
		return prefixes_within(d, "\xf3", false);
	return prefixes_within(d, d->mnemonic == M(JRCXZ) ? "" : "\x66", true);
}

static enum insn_probe probe_of(const ZydisDecodedInstruction *d, enum insn_flow flow)
{
	if (flow == INSN_FLOW_JUMP || flow == INSN_FLOW_CALL || is_jcc(d))
		return probe_of_branch(d, flow);
	if (is_default(d, 0x50, 0x57)) {
		bool plain = d->length == 1 || (d->length == 2 && d->raw.prefixes[0].value == REX_B);

		return plain ? INSN_PROBE_PUSH : INSN_PROBE_NEVER;
	}
	if (is_default(d, 0x90, 0x90))
		return d->length == 1 ? INSN_PROBE_NOP : INSN_PROBE_NEVER;
	return is_step_safe(d) ? INSN_PROBE_STEP : INSN_PROBE_NEVER;
}

/*
 * Whether the immediate may be an address: `mov $imm` and `add $imm`, with which position-dependent code computes them.
 */
static bool is_address_immediate(const ZydisDecodedInstruction *d)
{
	if (d->mnemonic == M(MOV))
		return is_default(d, 0xb8, 0xbf) || is_default(d, 0xc7, 0xc7);
	return d->mnemonic == M(ADD) && (is_default(d, 0x05, 0x05) || is_default(d, 0x81, 0x81));
}

static uint64_t data_of(const ZydisDecodedInstruction *d, uint64_t addr)
{
	int64_t value = 0;

	if (is_rip_relative(d))
		return d->mnemonic == M(LEA) ? addr + d->length + (uint64_t)d->raw.disp.value : 0;
	if (is_address_immediate(d))
		value = d->raw.imm[0].value.s;
	else if (has_memory(d) && d->raw.disp.size == 32)
		value = d->raw.disp.value;
	return value >= LOWEST_ADDRESS ? (uint64_t)value : 0;
}

static bool is_plain_store(const ZydisDecodedInstruction *d)
{
	return is_default(d, 0x88, 0x89) || is_default(d, 0xc6, 0xc7) || is_0f(d, 0x11, 0x11) || is_0f(d, 0x29, 0x29) ||
	       is_0f(d, 0x7f, 0x7f) || is_0f(d, 0xd6, 0xd6);
}

/*
 * Which memory the operand is in, by its base register, if it has no index. In ModRM, rm 4 announces a SIB byte, in
 * which index 4 means that there is no index.
 */
static enum insn_memory memory_of(const ZydisDecodedInstruction *d)
{
	bool extended = d->raw.rex.B;
	uint8_t rm = d->raw.modrm.rm, mod = d->raw.modrm.mod;

	if (d->meta.category == C(STRINGOP) || d->meta.category == C(SEMAPHORE))
		return INSN_MEMORY_OTHER;
	if (!has_memory(d) || d->mnemonic == M(LEA) || d->mnemonic == M(NOP))
		return INSN_MEMORY_NONE;
	if (rm == 4 && d->raw.sib.base == 4 && d->raw.sib.index == 4 && !extended && !d->raw.rex.X)
		return INSN_MEMORY_STACK;
	return rm == 5 && mod != 0 && !extended ? INSN_MEMORY_FRAME : INSN_MEMORY_OTHER;
}

static uint16_t cost_of(const ZydisDecodedInstruction *d)
{
	bool memory = has_memory(d) && d->mnemonic != M(LEA) && d->mnemonic != M(NOP);
	uint16_t cost = mnemonic_cost[d->mnemonic];

	/* xchg with memory is atomic even without the lock prefix */
	if ((d->attributes & ZYDIS_ATTRIB_HAS_LOCK) || (memory && d->mnemonic == M(XCHG)))
		return COST_ATOMIC;
	if (!cost)
		cost = category_cost[d->meta.category];
	if (!cost)
		cost = COST_DEFAULT;
	if (memory)
		cost += is_plain_store(d) ? COST_STORE : COST_LOAD;
	return cost;
}

static bool is_filler(const ZydisDecodedInstruction *d)
{
	/* 66 90 is `xchg %ax,%ax`, which is a nop; 41 90 is `xchg %r8,%rax`, which is not. */
	return d->mnemonic == M(NOP) || d->mnemonic == M(INT3) ||
	       (is_default(d, 0x90, 0x90) && prefixes_within(d, "\x66\x2e", false));
}

static enum insn_work work_of(const ZydisDecodedInstruction *d)
{
	switch (d->meta.category) {
	case ZYDIS_CATEGORY_DATAXFER:
	case ZYDIS_CATEGORY_MISC:
		return INSN_WORK_MOVE;
	case ZYDIS_CATEGORY_PUSH:
	case ZYDIS_CATEGORY_POP:
	case ZYDIS_CATEGORY_NOP:
	case ZYDIS_CATEGORY_WIDENOP:
	case ZYDIS_CATEGORY_CALL:
	case ZYDIS_CATEGORY_RET:
	case ZYDIS_CATEGORY_COND_BR:
	case ZYDIS_CATEGORY_UNCOND_BR:
		return INSN_WORK_NONE;
	default:
		return INSN_WORK_COMPUTE;
	}
}

static bool selects(const ZydisDecodedInstruction *d)
{
	return d->meta.category == ZYDIS_CATEGORY_CMOV || d->meta.category == ZYDIS_CATEGORY_SETCC ||
	       d->mnemonic == M(SBB) || d->mnemonic == M(ADC);
}

/* Whether it only finds out how two values compare. */
static bool compares(const ZydisDecodedInstruction *d)
{
	return d->mnemonic == M(CMP) || d->mnemonic == M(TEST) || d->mnemonic == M(UCOMISS) ||
	       d->mnemonic == M(UCOMISD) || d->mnemonic == M(COMISS) || d->mnemonic == M(COMISD);
}

/* The constant that the instruction adds to a register: `add $2, %eax`, `dec %rcx`, `lea 4(%rdi), %rdi`. */
static int64_t step_of(const ZydisDecodedInstruction *d)
{
	bool reg = (d->attributes & ZYDIS_ATTRIB_HAS_MODRM) && d->raw.modrm.mod == 3;

	if (d->mnemonic == M(LEA))
		return d->raw.modrm.rm != 4 && d->raw.modrm.mod && d->raw.modrm.reg == d->raw.modrm.rm &&
				       d->raw.rex.R == d->raw.rex.B
			       ? d->raw.disp.value
			       : 0;
	if (!reg)
		return 0;
	switch (d->mnemonic) {
	case M(INC):
		return 1;
	case M(DEC):
		return -1;
	case M(ADD):
		return d->raw.imm[0].size ? d->raw.imm[0].value.s : 0;
	case M(SUB):
		return d->raw.imm[0].size ? -d->raw.imm[0].value.s : 0;
	default:
		return 0;
	}
}

/* Whether a mnemonic, without the v of its newer form, names packed values: p..., ...ps, ...pd. */
static bool is_packed(const char *name, size_t length)
{
	if (length > 3 && name[length - 2] == 'p' && (name[length - 1] == 's' || name[length - 1] == 'd'))
		return true;
	return name[0] == 'p' && strncmp(name, "push", 4) != 0 && strncmp(name, "pop", 3) != 0 &&
	       strncmp(name, "prefetch", 8) != 0 && strncmp(name, "pause", 5) != 0;
}

/* Whether NAME is the mnemonic of a vector instruction that computes, not one that arranges or clears. */
static bool is_computing_vector(const char *name)
{
	static const char *const others[] = {"mov", "xor", "unpck", "shuf", "broadcast", "insert", "extract", "pack"};
	const char *older = name[0] == 'v' ? name + 1 : name;

	if (!is_packed(older, strlen(older)))
		return false;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strstr(name, others[i]))
			return false;
	return true;
}

static uint8_t lanes_of(const ZydisDecoder *decoder, const ZydisDecoderContext *context,
			const ZydisDecodedInstruction *d)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
	const char *name = ZydisMnemonicGetString(d->mnemonic);

	if (work_of(d) != INSN_WORK_COMPUTE || !name || !is_computing_vector(name) ||
	    ZYAN_FAILED(ZydisDecoderDecodeOperands(decoder, context, d, operands, d->operand_count)) ||
	    !d->operand_count_visible || operands[0].type != ZYDIS_OPERAND_TYPE_REGISTER || operands[0].size < 128)
		return 1;
	return operands[0].element_count > 1 && operands[0].element_count <= 64 ? (uint8_t)operands[0].element_count
										: 1;
}

static enum insn_store store_of(const ZydisDecoder *decoder, const ZydisDecoderContext *context,
				const ZydisDecodedInstruction *d)
{
	ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];

	if (!is_plain_store(d) || !has_memory(d))
		return INSN_STORE_NONE;
	if (d->opcode_map != ZYDIS_OPCODE_MAP_0F ||
	    ZYAN_FAILED(ZydisDecoderDecodeOperands(decoder, context, d, operands, d->operand_count)) ||
	    operands[0].size < 128)
		return INSN_STORE_VALUE;
	return INSN_STORE_VECTOR;
}

int insn__decode(const uint8_t *code, size_t size, uint64_t addr, struct insn *out)
{
	ZydisDecodedInstruction d;
	ZydisDecoderContext context;
	ZydisDecoder decoder;
	ZyanStatus status;
	enum insn_flow flow;
	int64_t step;

	ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
	status = ZydisDecoderDecodeInstruction(&decoder, &context, code, size, &d);
	if (status == ZYDIS_STATUS_NO_MORE_DATA)
		return -ENODATA;
	if (ZYAN_FAILED(status))
		return -EILSEQ;

	flow = flow_of(&d);
	step = step_of(&d);
	*out = (struct insn){
		.addr = addr,
		.len = d.length,
		.flow = flow,
		.lng = long_of(&d, flow),
		.probe = probe_of(&d, flow),
		.cost = cost_of(&d),
		.memory = memory_of(&d),
		.data = data_of(&d, addr),
		.condition = condition_of(&d),
		.operation = (uint16_t)d.mnemonic,
		.work = (uint8_t)work_of(&d),
		.selects = selects(&d),
		.compares = compares(&d),
		.lanes = lanes_of(&decoder, &context, &d),
		.store = (uint8_t)store_of(&decoder, &context, &d),
		.step = step >= INT8_MIN && step <= INT8_MAX ? (int8_t)step : 0,
		.last_resort = is_rip_relative(&d),
		.filler = is_filler(&d),
		.through_got =
			(flow == INSN_FLOW_JUMP_INDIRECT || flow == INSN_FLOW_CALL_INDIRECT) && is_rip_relative(&d),
	};
	if (flow == INSN_FLOW_JUMP || flow == INSN_FLOW_CALL || flow == INSN_FLOW_COND)
		out->target = addr + d.length + (uint64_t)d.raw.imm[0].value.s;
	return 0;
}
