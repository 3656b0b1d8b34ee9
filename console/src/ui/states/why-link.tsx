import Link from '@cloudscape-design/components/link'
import { denialQuery } from '../../model/why/denial.ts'
import { href } from '../../route/use-route.ts'
import { ApiError } from '../../wire/errors.ts'

/** The link from a denial to the page that explains it; nothing for errors that it does not explain. */
export function WhyLink({ error }: { readonly error: Error }) {
  const denial = error instanceof ApiError ? error.denial : undefined
  const query = denial && denialQuery(denial)
  if (query === undefined) return null
  return (
    <Link
      href={href('why', {}, query)}
      ariaLabel={`Why may ${query['principal']} not use ${query['action']}?`}
    >
      Why?
    </Link>
  )
}
