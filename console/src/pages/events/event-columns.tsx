import Link from '@cloudscape-design/components/link'
import type { TableProps } from '@cloudscape-design/components/table'
import type { ShownEvent } from '../../model/audit/events.ts'
import { href } from '../../route/use-route.ts'
import { Outcome, ResourceName } from '../../ui/event-parts.tsx'
import { Time } from '../../ui/time.tsx'

/** The columns of the table of events. */
export const columns: readonly TableProps.ColumnDefinition<ShownEvent>[] = [
  {
    id: 'name',
    header: 'Event name',
    isRowHeader: true,
    cell: ({ id, name }) => <Link href={href('event', { eventId: id })}>{name}</Link>,
  },
  { id: 'time', header: 'Event time', cell: ({ at }) => <Time at={at} /> },
  {
    id: 'user',
    header: 'User name',
    cell: ({ username }) =>
      username === '' ? '-' : <Link href={href('events', {}, { Username: username })}>{username}</Link>,
  },
  { id: 'source', header: 'Event source', cell: ({ source }) => source },
  { id: 'resources', header: 'Resource name', cell: event => <Resources of={event} /> },
  { id: 'outcome', header: 'Error code', cell: ({ errorCode }) => <Outcome errorCode={errorCode} /> },
  { id: 'ip', header: 'Source IP address', cell: ({ sourceIp }) => sourceIp },
]

/** The first resource of an event, and how many more there are. A key is a link to its page. */
function Resources({ of: { resources, region } }: { readonly of: ShownEvent }) {
  const [first, ...more] = resources
  if (first === undefined) return <>-</>
  return (
    <>
      <ResourceName name={first.name} region={region} />
      {more.length > 0 && ` (+${more.length} more)`}
    </>
  )
}
