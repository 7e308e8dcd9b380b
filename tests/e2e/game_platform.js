// SPDX-License-Identifier: Apache-2.0
// game_platform.js - what tests of the game platform say in one word: where its stand-in is, and a connector with one stream.
'use strict';

// What a plan's variables say of a stand-in's address.
const reaching = (it) => ({
	GAME_PLATFORM_API_TOKEN: 'sandbox-token',
	GAME_PLATFORM_API_BASE_URL: it.url + it.api,
	GAME_PLATFORM_INTEGRATION_ENABLED: 'true',
	GAME_PLATFORM_ALLOW_HTTP: 'true',
	GAME_PLATFORM_ALLOW_PRIVATE: 'true',
});

// For tests in which nobody answers.
const ONE_STREAM = `version: 7.0.0
type: DeclarativeSource
check: { type: CheckStream, stream_names: [assignments] }
spec:
  type: Spec
  connection_specification: { type: object, additionalProperties: true, properties: { base_url: { type: string }, enabled: { type: string } } }
streams:
  - type: DeclarativeStream
    name: assignments
    primary_key: [syned_user_id]
    retriever:
      type: SimpleRetriever
      requester: { type: HttpRequester, url_base: "{{ config.base_url }}", path: users/get_team_assignments, http_method: GET }
      record_selector: { type: RecordSelector, extractor: { type: DpathExtractor, field_path: [assignments] } }
`;

module.exports = { reaching, ONE_STREAM };
