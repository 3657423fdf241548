/* SPDX-FileCopyrightText: the tapline authors */
/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/output/tls.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* Certificates between the server's and an authority that we know. */
enum { CHAIN = 8 };

struct tls {
	SSL_CTX *ctx;
};

static bool
is_given(const char *path)
{
	return path != NULL && *path != '\0';
}

/* OpenSSL would ask for it on the terminal, and the loop would stand still. */
static int
no_passphrase(char *buf, int size, int writing, void *arg)
{
	bool *asked = arg;

	(void)buf;
	(void)size;
	(void)writing;
	*asked = true;
	return -1;
}

static const char *
error_text(unsigned long e)
{
	const char *text;

	if (ERR_SYSTEM_ERROR(e))
		return strerror(ERR_GET_REASON(e));
	text = ERR_reason_error_string(e);
	return text != NULL ? text : "unknown error";
}

static bool
fault(const char *what, const char *path, char *err, size_t err_size)
{
	/* The first thing that went wrong is the cause of the others. */
	snprintf(err, err_size, "%s %.200s: %s", what, path,
	    error_text(ERR_get_error()));
	ERR_clear_error();
	return false;
}

const char *const *
tls_system_paths(void)
{
	static const char *paths[] = {
		NULL, /* the folder and the file of OpenSSL */
		NULL,
		"/etc/ssl/openssl.cnf",
		/* What stands there are often links to these. */
		"/etc/ssl/certs",
		"/usr/share/ca-certificates",
		"/usr/local/share/ca-certificates",
		"/etc/pki/ca-trust",
		"/etc/pki/tls/certs",
		NULL,
	};

	paths[0] = getenv(X509_get_default_cert_dir_env());
	if (paths[0] == NULL)
		paths[0] = X509_get_default_cert_dir();
	paths[1] = getenv(X509_get_default_cert_file_env());
	if (paths[1] == NULL)
		paths[1] = X509_get_default_cert_file();
	return paths;
}

static bool
load_authorities(SSL_CTX *ctx, const char *path, char *err, size_t err_size)
{
	if (!is_given(path)) {
		if (SSL_CTX_set_default_verify_paths(ctx) == 1)
			return true;
		return fault("TLS:", "the system's authorities", err, err_size);
	}
	if (SSL_CTX_load_verify_locations(ctx, path, NULL) == 1)
		return true;
	return fault("--tls-ca", path, err, err_size);
}

static bool
load_own(SSL_CTX *ctx, const struct tls_config *c, char *err, size_t err_size)
{
	const char *key = is_given(c->key_file) ? c->key_file : c->cert_file;
	bool asked = false;

	if (!is_given(c->cert_file)) {
		if (!is_given(c->key_file))
			return true;
		snprintf(err, err_size, "--tls-key wants --tls-cert");
		return false;
	}
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	SSL_CTX_set_default_passwd_cb_userdata(ctx, &asked);
	if (SSL_CTX_use_certificate_chain_file(ctx, c->cert_file) != 1)
		return fault("--tls-cert", c->cert_file, err, err_size);
	if (SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1)
		return true;
	fault("--tls-key", key, err, err_size);
	if (asked)
		snprintf(err, err_size, "--tls-key %.200s: has a passphrase",
		    key);
	return false;
}

struct tls *
tls_new(const struct tls_config *config, char *err, size_t err_size)
{
	struct tls *t = calloc(1, sizeof(*t));

	ERR_clear_error();
	if (t != NULL)
		t->ctx = SSL_CTX_new(TLS_client_method());
	if (t == NULL || t->ctx == NULL) {
		snprintf(err, err_size, "TLS: out of memory");
		tls_free(t);
		return NULL;
	}
	SSL_CTX_set_min_proto_version(t->ctx, TLS1_2_VERSION);
	SSL_CTX_set_options(t->ctx, SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_session_cache_mode(t->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(t->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_verify_depth(t->ctx, CHAIN);
	if (!load_authorities(t->ctx, config->ca_file, err, err_size) ||
	    !load_own(t->ctx, config, err, err_size)) {
		tls_free(t);
		return NULL;
	}
	return t;
}

void
tls_free(struct tls *t)
{
	if (t == NULL)
		return;
	SSL_CTX_free(t->ctx);
	free(t);
}

/* An address is no name: a certificate lists it apart, and SNI has none. */
static bool
set_host(SSL *ssl, const char *host)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(ssl);

	X509_VERIFY_PARAM_set_hostflags(param,
	    X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (X509_VERIFY_PARAM_set1_ip_asc(param, host) == 1)
		return true;
	/* An empty name would be checked against nothing at all. */
	return *host != '\0' &&
	    X509_VERIFY_PARAM_set1_host(param, host, 0) == 1 &&
	    SSL_set_tlsext_host_name(ssl, host) == 1;
}

struct bufferevent *
tls_bufferevent(struct tls *t, struct event_base *base, const char *host)
{
	SSL *ssl = SSL_new(t->ctx);

	if (ssl == NULL || !set_host(ssl, host)) {
		SSL_free(ssl);
		ERR_clear_error();
		return NULL;
	}
	/* That frees ssl also if it fails. */
	return bufferevent_openssl_socket_new(base, -1, ssl,
	    BUFFEREVENT_SSL_CONNECTING, BEV_OPT_CLOSE_ON_FREE);
}

/*
 * The first error of a connection.  libevent gives them back last first, and
 * among them the result of the call that failed, which has no library.
 */
static unsigned long
cause(struct bufferevent *bev)
{
	unsigned long e, first = 0;

	while ((e = bufferevent_get_openssl_error(bev)) != 0) {
		if (ERR_SYSTEM_ERROR(e) || ERR_GET_LIB(e) != 0)
			first = e;
	}
	return first;
}

/*
 * In TLS 1.3 a server refuses our certificate when, to us, the handshake is
 * over: writing may fail before its alert, which says why, has been read.
 */
static unsigned long
unread_alert(SSL *ssl)
{
	char c;

	ERR_clear_error();
	return SSL_is_init_finished(ssl) && SSL_peek(ssl, &c, 1) <= 0
	    ? ERR_peek_error()
	    : 0;
}

/* Alerts with which a server refuses us, or what we may speak. */
static bool
is_refusal(unsigned long e)
{
	static const int alerts[] = { SSL_AD_HANDSHAKE_FAILURE,
		SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE,
		SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED,
		SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA,
		SSL_AD_ACCESS_DENIED, SSL_AD_PROTOCOL_VERSION,
		SSL_AD_INSUFFICIENT_SECURITY, SSL_AD_UNRECOGNIZED_NAME,
		SSL_AD_CERTIFICATE_REQUIRED };

	if (ERR_GET_LIB(e) != ERR_LIB_SSL)
		return false;
	for (size_t i = 0; i < sizeof(alerts) / sizeof(alerts[0]); i++) {
		if (ERR_GET_REASON(e) == SSL_AD_REASON_OFFSET + alerts[i])
			return true;
	}
	return false;
}

bool
tls_reason(struct bufferevent *bev, char *out, size_t size)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long e = cause(bev);
	long verdict = SSL_get_verify_result(ssl);

	if (e == 0)
		e = unread_alert(ssl);
	*out = '\0';
	if (verdict != X509_V_OK)
		snprintf(out, size, "TLS: the server's certificate: %s",
		    X509_verify_cert_error_string(verdict));
	else if (e != 0)
		snprintf(out, size, "TLS: %s", error_text(e));
	ERR_clear_error();
	return verdict != X509_V_OK || is_refusal(e);
}
