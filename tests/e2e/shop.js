// SPDX-License-Identifier: Apache-2.0
// shop.js - a vendor that is a real HTTP server of the test's own, and a plan that pushes people to it;
// what it was asked is the judge.
'use strict';

const http = require('node:http');
const { Firm, STORE } = require('./firm.js');
const { Service } = require('./service.js');

const MANIFEST = `version: 7.0.0
type: DeclarativeSource
check: { type: CheckStream, stream_names: [users] }
spec:
  type: Spec
  connection_specification: { type: object, properties: { base_url: { type: string } } }
streams:
  - type: DeclarativeStream
    name: users
    primary_key: [id]
    retriever:
      type: SimpleRetriever
      requester: { type: HttpRequester, url_base: "{{ config.base_url }}", path: users, http_method: GET }
      record_selector: { type: RecordSelector, extractor: { type: DpathExtractor, field_path: [] } }
`;
const requester = (method, path, more = '') => `
    requester:
      type: HttpRequester
      url_base: "{{ config.base_url }}"
      http_method: ${method}
      path: "${path}"${more}`;
const ACTIONS = `actions:
  create_user:${requester('POST', 'users', `
      request_body_json: { name: "{{ record.name }}", external_id: "{{ args.id }}" }`)}
    success: [201]
    extract: { id: "{{ response.id }}" }
    lookup:${requester('GET', 'users', `
      request_parameters: { external_id: "{{ args.id }}" }`).replace(/\n/g, '\n  ')}
      found: "{{ response | length > 0 }}"
      extract: { id: "{{ response[0].id }}" }
      settle_seconds: 1
  rename_user:${requester('PUT', 'users/{{ args.vendor_id }}', `
      request_body_json: { name: "{{ record.name }}" }`)}
    safe_to_repeat: true
  delete_user:${requester('DELETE', 'users/{{ args.vendor_id }}')}
    safe_to_repeat: true
`;
const PLAN = `database: \${LOCKSTEP_DATABASE}
key_file: lockstep.key
connections:
  shop:
    connector: shop
    config: { base_url: "\${SHOP_URL}" }
    network: { allow_http: true, allow_private: true, timeout: 5s }
    tables:
      shop_users:
        from: users
        key: { shop_id: "{{ record.id }}" }
        columns: { name: "{{ record.name }}" }
    watch:
      people:
        table: people
        key: id
        columns: [name]
        carry: [vendor_id]
        insert:
          action: create_user
          args: { id: "{{ record.id }}" }
          write_back: { vendor_id: "{{ result.id }}" }
        update: { action: rename_user, when: "{{ record.vendor_id }}", args: { vendor_id: "{{ record.vendor_id }}" } }
        delete: { action: delete_user, when: "{{ record.vendor_id }}", args: { vendor_id: "{{ record.vendor_id }}" } }
`;

// Creates, renames and deletes users; `hold` keeps the answer of the next creation back, `broken` refuses all.
function vendor() {
	const users = new Map(), log = [];
	const v = { users, log, hold: false, held: null, broken: false };
	const server = http.createServer(async (request, response) => {
		let body = '';
		for await (const piece of request) body += piece;
		const [path, query] = request.url.split('?');
		const id = path.split('/')[2];
		log.push(`${request.method} ${path}`);
		const answer = (status, value) => {
			response.writeHead(status, { 'content-type': 'application/json' });
			response.end(value === undefined ? '' : JSON.stringify(value));
		};
		if (v.broken) return answer(400, { error: 'it is broken' });
		if (request.method === 'GET') {
			const wanted = new URLSearchParams(query).get('external_id');
			return answer(200, [...users.values()].filter((user) => !wanted || user.external_id === wanted));
		}
		if (request.method === 'POST') {
			const user = { id: `v${users.size + 1}`, ...JSON.parse(body) };
			user.external_id = String(user.external_id);
			users.set(user.id, user);
			if (!v.hold) return answer(201, user);
			v.hold = false;
			v.held = response;
			return undefined;
		}
		if (request.method === 'PUT') users.get(id).name = JSON.parse(body).name;
		else users.delete(id);
		return answer(200, {});
	});
	return new Promise((resolve) => server.listen(0, '127.0.0.1', () =>
		resolve(Object.assign(v, { server, url: `http://127.0.0.1:${server.address().port}` }))));
}

// `work` beside a server of the plan, which watches the table "people" of the application.
const besideShop = (work, { plan = PLAN, args = [] } = {}) => async () => {
	const v = await vendor();
	const f = new Firm(null, { SHOP_URL: v.url }, plan);
	f.write('connectors/shop.yaml', MANIFEST);
	f.write('connectors/shop.actions.yaml', ACTIONS);
	f.change(`CREATE TABLE people (id ${STORE === 'sqlite' ? 'INTEGER' : 'bigint'} PRIMARY KEY, name text, vendor_id text)`);
	const s = new Service(f, args);
	try {
		await s.start();
		await work(f, v, s);
	} finally {
		if (s.child && s.child.exitCode === null && s.child.signalCode === null) await s.stop('SIGKILL');
		f.remove();
		v.server.closeAllConnections();
		v.server.close();
	}
};

module.exports = { besideShop, PLAN };
