/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CRC-32C: Castagnoli's polynomial, as iSCSI (RFC 3720, appendix B.4), SCTP
 * and ext4 have it.  Up to three wrong bits are always found, and so is a burst
 * of up to 32, in all that is written here; in 600 bytes up to five are.
 *
 * Pure, and the same for every byte order and width of words.  Any thread may
 * call it.
 */
#ifndef DAEMON_SPOOL_CRC32C_H
#define DAEMON_SPOOL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * The sum of n bytes behind those that crc is the sum of; 0 for none.  With
 * n = 0 it returns crc, and p may be NULL.
 */
uint32_t crc32c(uint32_t crc, const void *p, size_t n);

#endif
