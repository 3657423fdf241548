/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For models that compute with times as if there were no end of numbers: the
 * difference of any two of 64 bits is exact.
 */
#ifndef TESTS_LIB_WIDE_H
#define TESTS_LIB_WIDE_H

#ifdef __SIZEOF_INT128__
__extension__ typedef __int128 wide;
#else
typedef long double wide; /* of 64 bits and more, where there is no __int128 */
#endif

#endif
