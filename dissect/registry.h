/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of dissectors, in the order in which content is recognised.
 */
#ifndef DISSECT_REGISTRY_H
#define DISSECT_REGISTRY_H

#include "dissect/dissect.h"

extern const struct dissector *const registry[];
extern const unsigned registry_n;

#endif
