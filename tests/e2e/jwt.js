// SPDX-License-Identifier: Apache-2.0
// jwt.js - tokens as an application's own sign-in would give them: HS256, by the issuer that test plans name.
'use strict';

const crypto = require('node:crypto');

const ISSUER = 'https://app.example', AUDIENCE = 'lockstep';

// A token with these claims besides the usual ones, good for `seconds`.
function jwt(secret, claims, seconds = 600) {
	const now = Math.floor(Date.now() / 1000);
	const part = (o) => Buffer.from(JSON.stringify(o)).toString('base64url');
	const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iss: ISSUER, aud: AUDIENCE, iat: now,
		exp: now + seconds, ...claims })}`;
	return `${text}.${crypto.createHmac('sha256', secret).update(text).digest('base64url')}`;
}

module.exports = { jwt };
