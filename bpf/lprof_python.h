/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABI between the BPF programs on CPython's own probes and user space.
 *
 * A site is a USDT probe of an interpreter; each hit of it is an event. Code objects are known by their address and,
 * once seen, by an ID. The programs count and time edges: an edge leads from one event of a frame to its next, and
 * belongs to a line of a code object, or to its entry (line 0), which lasts until the first line begins.
 */
#ifndef LPROF_BPF_LPROF_PYTHON_H
#define LPROF_BPF_LPROF_PYTHON_H

#include "lprof.h"

enum lprof_python_event {
	LPROF_PYTHON_LINE,   /* a line begins */
	LPROF_PYTHON_ENTRY,  /* a frame begins, or a generator's frame is resumed */
	LPROF_PYTHON_RETURN, /* a frame ends, or a generator's frame is suspended */
	LPROF_PYTHON_EVENTS,
};

/* Value of lprof_line_key.line: the function's returns, and suspensions of its generators. */
#define LPROF_PYTHON_RETURNS 0xffffffffu

/* Where a probe's argument is found. */
enum lprof_python_place { LPROF_PYTHON_CONSTANT, LPROF_PYTHON_REGISTER, LPROF_PYTHON_MEMORY };

struct lprof_python_argument {
	__s32 offset; /* the constant itself, or added to the register where the argument is in memory */
	__u8 place;   /* enum lprof_python_place */
	__u8 reg;     /* DWARF register number */
	__u8 size;    /* in bytes */
	__u8 pad;
};

/* Where CPython keeps things: offsets in bytes from the start of the structure that holds them. */
struct lprof_python_layout {
	__u16 thread_cframe; /* PyThreadState: pointer to the structure that points to its newest frame */
	__u16 cframe_frame;
	__u16 frame_code;
	__u16 frame_instr; /* address of the bytecode instruction that is being executed */
	__u16 code_first_line;
	__u16 code_name;
	__u16 code_qualname;
	__u16 code_file;
	__u16 code_table;	    /* bytes object that tells the lines of instructions */
	__u16 code_first_traceable; /* index of the first instruction that is traced in a call */
	__u16 code_instrs;	    /* the instructions themselves, two bytes each */
	__u16 text_length;	    /* in characters; also the length of a bytes object, in bytes */
	__u16 text_state;
	__u16 text_ascii; /* characters of a text that is all ASCII */
	__u16 text_other; /* characters of any other text */
	__u16 bytes_data;
	__u8 send; /* not an offset: the opcode that waits for another generator */
	__u8 pad[3];
};

/* Where CPython keeps its threads, and the rest of what a walk of a thread's frames needs. Offsets likewise. */
struct lprof_python_state {
	__u16 current;		/* _PyRuntime: the PyThreadState of the thread that holds the GIL; 0: none is there */
	__u16 head;		/* _PyRuntime: the first PyInterpreterState */
	__u16 interpreter_next; /* PyInterpreterState */
	__u16 interpreter_threads; /* PyInterpreterState: its first PyThreadState */
	__u16 thread_next;	   /* PyThreadState */
	__u16 thread_interpreter;
	__u16 thread_id;       /* what pthread_self() returns in the thread: the base of its segment fs */
	__u16 cframe_previous; /* the structure of this kind that was the newest one before */
	__u16 frame_previous;  /* the caller's frame, also that of a C function's caller */
	__u16 frame_is_entry;  /* a byte, not 0 when a call of _PyEval_EvalFrameDefault began with this frame */
	__u16 thread_frame;    /* PyThreadState: its newest frame; 0: the structure at thread_cframe tells it */
	/*
	 * A byte that says whose the frame is, and from LPROF_PYTHON_OWN_FRAME on, that of no function: such a one is
	 * what each call of _PyEval_EvalFrameDefault begins with. 0: there are none, and frame_is_entry says it.
	 */
	__u16 frame_owner;
};

#define LPROF_PYTHON_OWN_FRAME 3

/* At which offset in the frame the word is that holds the byte frame_owner, */
static __always_inline __u16 lprof_python__owner_word(const struct lprof_python_state *state)
{
	return state->frame_owner & ~7u;
}

/* and whether the frame whose WORD that is is that of no function. */
static __always_inline int lprof_python__is_own(const struct lprof_python_state *state, __u64 word)
{
	return (__u8)(word >> 8 * (state->frame_owner & 7)) >= LPROF_PYTHON_OWN_FRAME;
}

/* A process that runs Python. Hash `python_processes`, by the process's ID; user space fills it. */
struct lprof_python_process {
	__u64 runtime;	 /* address of _PyRuntime */
	__u64 code_type; /* address of the type object of code objects */
	struct lprof_python_state state;
	struct lprof_python_layout layout;
	__u32 pad;
};

/* A frame of a sampled thread. */
struct lprof_python_frame {
	__u64 code;  /* address of the code object */
	__u32 print; /* lprof_python__print() of it, to notice when another code object is there */
	__u32 place; /* index of the instruction plus one, 0 before the first one; perhaps LPROF_PYTHON_IS_ENTRY */
};

#define LPROF_PYTHON_IS_ENTRY 0x80000000u /* as frame_is_entry */

#define LPROF_PYTHON_FRAMES 128 /* most frames of a sample; a power of two */

/*
 * How many words of a frame are read at once, without and with a frame_owner. They begin at frame_code and hold all
 * that is needed but the owner.
 */
#define LPROF_PYTHON_FRAME_WORDS       5
#define LPROF_PYTHON_OWNED_FRAME_WORDS 8

/* In a frame, lower bits of the address of the code object may be of use to the interpreter. */
#define LPROF_PYTHON_CODE_BITS 7ull

/* In PyObject: the address of the object's type. */
#define LPROF_PYTHON_OBJECT_TYPE 8

/* How many words of a code object make its print. They begin at code_first_line and end with code_table. */
#define LPROF_PYTHON_PRINT_WORDS 9

static __always_inline __u64 lprof_python__mix(__u64 print, __u64 word)
{
	print = (print ^ word) * 0x9e3779b97f4a7c15;
	return print ^ print >> 32;
}

/* A hash of those words of a code object, which never change: numbers, and addresses of names and tables. */
static __always_inline __u32 lprof_python__print(const __u64 words[LPROF_PYTHON_PRINT_WORDS])
{
	__u64 print = 0;

	for (int i = 0; i < LPROF_PYTHON_PRINT_WORDS; i++)
		print = lprof_python__mix(print, words[i]);
	return (__u32)print;
}

/* One site. Array `python_sites`, indexed by the probe's cookie. */
struct lprof_python_site {
	__s64 current;	 /* address of the pointer to the current PyThreadState, relative to the site's */
	__s64 code_type; /* address of the type object of code objects, likewise */
	struct lprof_python_argument file, name, line;
	struct lprof_python_layout layout;
	__u32 kernel;	     /* as in lprof_site */
	__u8 nameless;	     /* the layout is not known: functions are known by name only, and frames not told apart */
	__u8 length;	     /* of the probed instruction */
	__u8 frame_register; /* DWARF number of the register that holds the frame; the BPF program writes it */
	__u8 n_agreed;	     /* in how many events one and the same register did; the BPF program counts them */
	__u32 frame_registers; /* bit set of the registers that have held the frame in all of these events */
	__u32 pad;
};

/* Key of the LRU hash `python_codes`: a code object's address or, at a nameless site, a mixture of its texts'. */
struct lprof_python_code_key {
	__u64 code;
	__u32 tgid;
	__u32 pad;
};

struct lprof_python_code {
	__u64 name;  /* address of its name's text; if it changes, another code object is at this address now */
	__u64 print; /* hash of its contents (see print_code()); if it changes, likewise */
	__u32 first_traceable;
	__u32 id;      /* from 1, never used again */
	__u8 unwanted; /* nothing is counted in it; user space sets this */
	__u8 unsent;   /* the ring buffer had no room for all of its records, so they are to be sent again */
	__u8 pad[6];
};

/* Key of the LRU hash `python_others`, which holds functions with an unwanted name: the addresses of their texts. */
struct lprof_python_other_key {
	__u64 name;
	__u64 file;
	__u32 tgid;
	__u32 pad;
};

/* The name of wanted functions, padded with zeros; longer ones are cut. Key of the hash `python_names`. */
struct lprof_python_name {
	char text[64];
};

/* CPython's PyASCIIObject.state */
#define LPROF_PYTHON_TEXT_WIDTH(state)	 ((state) >> 2 & 7)
#define LPROF_PYTHON_TEXT_COMPACT(state) ((state) >> 5 & 1)
#define LPROF_PYTHON_TEXT_ASCII(state)	 ((state) >> 6 & 1)

/* A copy of a text in the interpreter. */
struct lprof_python_text {
	__u32 length; /* of the original in characters, so more than BYTES holds if the copy was cut */
	__u8 width;   /* bytes of each character; 0: UTF-8 */
	__u8 pad[3];
	__u8 bytes[504];
};

#define LPROF_PYTHON_CHUNK  4096
#define LPROF_PYTHON_CHUNKS 64 /* of a code object's table of lines, at most */

/* Records that describe a code object which may be wanted, in the ring buffer `python_records`. */
enum lprof_python_record_kind { LPROF_PYTHON_CODE, LPROF_PYTHON_TABLE };

struct lprof_python_record {
	__u32 kind; /* enum lprof_python_record_kind */
	__u32 id;   /* of the code object */
};

struct lprof_python_code_record {
	struct lprof_python_record record;
	struct lprof_python_code_key key;
	__u32 first_line;
	__u32 first_traceable;
	__u32 table_size; /* in bytes; records with the table's chunks follow in order */
	__u32 nameless;	  /* as in lprof_python_site */
	__u32 pid;	  /* of the process, as the profiler knows it; 0: it does not see it */
	__u32 pad;
	struct lprof_python_text name, qualname, file;
};

struct lprof_python_table_record {
	struct lprof_python_record record;
	__u32 offset;
	__u32 size;
	__u8 bytes[LPROF_PYTHON_CHUNK];
};

/* Calibrated costs, in read-only data, as ratios like those in lprof_prices. */
enum lprof_python_ratio {
	LPROF_PYTHON_RATIO_LINE,  /* the BPF program's time for a line of the newest frame */
	LPROF_PYTHON_RATIO_OTHER, /* its time for an event in a function that is not wanted */
	LPROF_PYTHON_RATIOS,
};

_Static_assert(sizeof(struct lprof_python_argument) == 8, "ABI");
_Static_assert(sizeof(struct lprof_python_layout) == 36, "ABI");
_Static_assert(sizeof(struct lprof_python_state) == 24, "ABI");
_Static_assert(sizeof(struct lprof_python_process) == 80, "ABI");
_Static_assert(sizeof(struct lprof_python_frame) == 16, "ABI");
_Static_assert(sizeof(struct lprof_python_site) == 96, "ABI");
_Static_assert(sizeof(struct lprof_python_code_key) == 16, "ABI");
_Static_assert(sizeof(struct lprof_python_code) == 32, "ABI");
_Static_assert(sizeof(struct lprof_python_other_key) == 24, "ABI");
_Static_assert(sizeof(struct lprof_python_name) == 64, "ABI");
_Static_assert(sizeof(struct lprof_python_text) == 512, "ABI");
_Static_assert(sizeof(struct lprof_python_code_record) == 1584, "ABI");
_Static_assert(sizeof(struct lprof_python_table_record) == 4112, "ABI");

#endif
