/*
 * A validator of bearer tokens for PostgreSQL 18, as the tests of the client
 * need it: TOKEN is good for the user of its name, every other token for nobody.
 */
#include "postgres.h"

/* Nothing here needs the headers of these, which need not be installed. */
#undef ENABLE_GSS
#undef USE_OPENSSL

#include "fmgr.h"
#include "libpq/oauth.h"

PG_MODULE_MAGIC;

static bool
validate(const ValidatorModuleState *state, const char *token,
		 const char *role, ValidatorModuleResult *result)
{
	result->authorized = strcmp(token, TOKEN) == 0;
	result->authn_id = pstrdup("bearer");
	return true;
}

const OAuthValidatorCallbacks *
_PG_oauth_validator_module_init(void)
{
	static const OAuthValidatorCallbacks callbacks = {
		.magic = PG_OAUTH_VALIDATOR_MAGIC,
		.validate_cb = validate,
	};

	return &callbacks;
}
