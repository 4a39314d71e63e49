/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ABI between the BPF programs on CPython's own probes and user space.
 *
 * A site is a USDT probe of an interpreter. Code objects are known by their address and, once seen, by an ID. What is
 * counted and timed are edges from one event of a frame to its next: each belongs to a line of a code object, or to
 * its entry (line 0), which lasts until the first line begins.
 */
#ifndef LPROF_BPF_LPROF_PYTHON_H
#define LPROF_BPF_LPROF_PYTHON_H

#include "lprof.h"

enum lprof_python_event {
	LPROF_PYTHON_LINE,   /* a line begins */
	LPROF_PYTHON_ENTRY,  /* a frame begins or, a generator's, goes on */
	LPROF_PYTHON_RETURN, /* a frame ends or, a generator's, is suspended */
	LPROF_PYTHON_EVENTS,
};

/* Where a probe has an argument. */
enum lprof_python_place { LPROF_PYTHON_CONSTANT, LPROF_PYTHON_REGISTER, LPROF_PYTHON_MEMORY };

struct lprof_python_argument {
	__s32 offset; /* the constant itself, or added to the register where the argument is in memory */
	__u8 place;   /* enum lprof_python_place */
	__u8 reg;     /* DWARF register number */
	__u8 size;    /* in bytes */
	__u8 pad;
};

/* Where CPython keeps things, in bytes from the start of what holds them. */
struct lprof_python_layout {
	__u16 thread_cframe; /* PyThreadState: where its newest frame is noted */
	__u16 cframe_frame;
	__u16 frame_code;
	__u16 frame_instr; /* the address of the instruction that is executed */
	__u16 code_first_line;
	__u16 code_name;
	__u16 code_qualname;
	__u16 code_file;
	__u16 code_table;	    /* bytes object: lines of instructions */
	__u16 code_first_traceable; /* index of the instruction that begins a call */
	__u16 code_instrs;	    /* the instructions themselves, two bytes each */
	__u16 text_length;	    /* in characters; in a bytes object as well */
	__u16 text_state;
	__u16 text_ascii; /* characters of a text of ASCII only */
	__u16 text_other;
	__u16 bytes_data;
	__u8 send; /* opcode that waits for another generator */
	__u8 pad[3];
};

/* One site. Array `python_sites`, indexed by the probe's cookie. */
struct lprof_python_site {
	__s64 current;	 /* address of the pointer to the current PyThreadState, relative to the site's */
	__s64 code_type; /* address of the type object of code objects, likewise */
	struct lprof_python_argument file, name, line;
	struct lprof_python_layout layout;
	__u32 kernel;	     /* as in lprof_site */
	__u8 nameless;	     /* the layout is not known: frames are told apart by the function's name only */
	__u8 length;	     /* of the probed instruction */
	__u8 frame_register; /* DWARF register number of the one that holds the frame; written by the program */
	__u8 n_agreed;	     /* events in which one of FRAME_REGISTERS did; likewise */
	__u32 frame_registers;
	__u32 pad;
};

/* Key of the LRU hash `python_codes`: a code object or, where these are not known, a name in a file. */
struct lprof_python_code_key {
	__u64 code;
	__u32 tgid;
	__u32 pad;
};

struct lprof_python_code {
	__u64 name;  /* address of its name's text: with another, it is another code object that is there now */
	__u64 print; /* of what it is made of: likewise */
	__u32 first_traceable;
	__u32 id;      /* from 1, never used again */
	__u8 unwanted; /* nothing is counted in it */
	__u8 unsent;   /* there was no room for saying all of it */
	__u8 pad[6];
};

/* Key of the LRU hash `python_others`: functions whose name is not wanted, by the addresses of the texts. */
struct lprof_python_other_key {
	__u64 name;
	__u64 file;
	__u32 tgid;
	__u32 pad;
};

/* A name by which functions may be wanted, padded with zeros. Hash `python_names`; longer ones are cut. */
struct lprof_python_name {
	char text[64];
};

/* A text of the interpreter's. */
struct lprof_python_text {
	__u32 length; /* in characters; more than fits if it was cut */
	__u8 width;   /* bytes a character; 0: UTF-8 */
	__u8 pad[3];
	__u8 bytes[504];
};

#define LPROF_PYTHON_CHUNK  4096
#define LPROF_PYTHON_CHUNKS 64 /* of a code object's table of lines */

/* What is said of a code object that may be wanted. Ring buffer `python_records`, which holds both. */
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
	__u32 table_size; /* in bytes; the chunks follow in order */
	__u32 nameless;	  /* as in lprof_python_site */
	struct lprof_python_text name, qualname, file;
};

struct lprof_python_table_record {
	struct lprof_python_record record;
	__u32 offset;
	__u32 size;
	__u8 bytes[LPROF_PYTHON_CHUNK];
};

/* What is calibrated, in read-only data: ratios as in lprof_prices. */
enum lprof_python_ratio {
	LPROF_PYTHON_RATIO_LINE,  /* what the program takes for a line of the newest frame */
	LPROF_PYTHON_RATIO_OTHER, /* ... for an event in a function that is not wanted */
	LPROF_PYTHON_RATIOS,
};

_Static_assert(sizeof(struct lprof_python_argument) == 8, "ABI");
_Static_assert(sizeof(struct lprof_python_layout) == 36, "ABI");
_Static_assert(sizeof(struct lprof_python_site) == 96, "ABI");
_Static_assert(sizeof(struct lprof_python_code_key) == 16, "ABI");
_Static_assert(sizeof(struct lprof_python_code) == 32, "ABI");
_Static_assert(sizeof(struct lprof_python_other_key) == 24, "ABI");
_Static_assert(sizeof(struct lprof_python_name) == 64, "ABI");
_Static_assert(sizeof(struct lprof_python_text) == 512, "ABI");
_Static_assert(sizeof(struct lprof_python_code_record) == 1576, "ABI");
_Static_assert(sizeof(struct lprof_python_table_record) == 4112, "ABI");

#endif
