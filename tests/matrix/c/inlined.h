/* SPDX-License-Identifier: GPL-2.0-or-later */
int other_unit(int value);
void say_other_unit(void);
