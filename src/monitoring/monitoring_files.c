// SPDX-License-Identifier: GPL-2.0-or-later
#include "monitoring/monitoring_files.h"

const unsigned char monitoring_files__preload[] = {
#include "shim/preload.so.h"
};
const size_t monitoring_files__preload_size = sizeof(monitoring_files__preload);

const unsigned char monitoring_files__extension[] = {
#include "shim/lprof_python.so.h"
};
const size_t monitoring_files__extension_size = sizeof(monitoring_files__extension);

const unsigned char monitoring_files__holder[] = {
#include "shim/holder.so.h"
};
const size_t monitoring_files__holder_size = sizeof(monitoring_files__holder);
