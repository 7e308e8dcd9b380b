// SPDX-License-Identifier: Apache-2.0
// error.tsx - one error with a page of its own: what a link from elsewhere leads to.
import type { PageProps } from '../../app/router.ts';
import { Page, Section } from '../../parts/page.tsx';
import { ErrorDetail, useError } from './detail.tsx';
import { sinceOf } from './since.ts';

export default function ErrorPage({ params }: PageProps) {
	const since = sinceOf('30');
	const r = useError(params.fingerprint ?? '', since);

	return (
		<Page title={r.data.value ? `Error: ${r.data.value.title}` : 'Error'} crumbs={[['Errors', '/errors']]}>
			<Section title="What it is">
				<ErrorDetail of={r} since={since} />
			</Section>
		</Page>
	);
}
