/* SPDX-License-Identifier: GPL-2.0-or-later */
/* python_samples: reads the Python frames of sampled stacks; see sample/sample_reader.h. */
#ifndef LPROF_PYTHON_SAMPLES_H
#define LPROF_PYTHON_SAMPLES_H

#include "sample/sample_reader.h"

extern const struct sample_reader_ops python_samples__ops;

#endif
