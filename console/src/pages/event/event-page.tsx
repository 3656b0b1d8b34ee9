import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Link from '@cloudscape-design/components/link'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { keyIdIn, readEvent, type ShownEvent } from '../../model/audit/events.ts'
import { whyQuestion } from '../../model/why/why-question.ts'
import type { Route } from '../../route/route.ts'
import { href } from '../../route/use-route.ts'
import { downloadText } from '../../ui/download.ts'
import { Outcome, ResourceName } from '../../ui/event-parts.tsx'
import { PolicyView } from '../../ui/policy-view.tsx'
import { Loaded } from '../../ui/states/loaded.tsx'
import { Time } from '../../ui/time.tsx'
import { cloudtrail } from '../../wire/cloudtrail.ts'
import { useCall } from '../../wire/use-call.ts'

/** An event of the history, with its record. */
export function EventPage({ route: { params } }: { readonly route: Route }) {
  const id = params['eventId'] ?? ''
  const query = useCall('LookupEvents', cloudtrail.lookupEvents, {
    LookupAttributes: [{ AttributeKey: 'EventId', AttributeValue: id }],
  })
  return (
    <Loaded
      query={query}
      name="the event"
      action="cloudtrail:LookupEvents"
      isEmpty={({ Events = [] }) => Events.length === 0}
      empty={<NoEvent id={id} />}
    >
      {({ Events = [] }) => Events.map(event => <Details key={event.EventId} event={readEvent(event)} />)}
    </Loaded>
  )
}

function NoEvent({ id }: { readonly id: string }) {
  return (
    <Box textAlign="center" padding="l">
      <b>No such event</b>
      <Box color="text-body-secondary">
        The history of this Region has no event {id}. It has those of the last 90 days.
      </Box>
    </Box>
  )
}

function Details({ event }: { readonly event: ShownEvent }) {
  const why = whyQuestion(event.record)
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            {why !== undefined && <Button href={href('why', {}, why)}>Why?</Button>}
            <Button iconName="download" onClick={() => downloadText(`event-${event.id}.json`, event.record)}>
              Download record
            </Button>
          </SpaceBetween>
        }
      >
        {event.name}
      </Header>
      <Container header={<Header variant="h2">Details</Header>}>
        <KeyValuePairs columns={3} items={factsOf(event)} />
      </Container>
      <Container header={<Header variant="h2">Related events</Header>}>
        <Related event={event} />
      </Container>
      <Container header={<Header variant="h2">Event record</Header>}>
        <PolicyView text={event.record} label="event record" />
      </Container>
    </SpaceBetween>
  )
}

function factsOf(event: ShownEvent): { label: string; value: ReactNode }[] {
  const { resources, errorMessage, region } = event
  const text = (value: string) => (value === '' ? '-' : value)
  return [
    { label: 'Event time', value: <Time at={event.at} /> },
    { label: 'User name', value: text(event.username) },
    { label: 'Principal', value: text(event.principal) },
    { label: 'Event source', value: event.source },
    { label: 'AWS access key', value: text(event.accessKeyId) },
    { label: 'Source IP address', value: text(event.sourceIp) },
    { label: 'User agent', value: text(event.userAgent) },
    { label: 'Read-only', value: event.readOnly },
    { label: 'Event ID', value: event.id },
    { label: 'Error code', value: <Outcome errorCode={event.errorCode} /> },
    ...(errorMessage === '' ? [] : [{ label: 'Error message', value: errorMessage }]),
    {
      label: 'Resources',
      value:
        resources.length === 0
          ? '-'
          : resources.map(({ name }) => (
              <div key={name}>
                <ResourceName name={name} region={region} />
              </div>
            )),
    },
  ]
}

/** The lists that the event belongs to. */
function Related({ event: { username, accessKeyId, resources, name } }: { readonly event: ShownEvent }) {
  const keys = resources.flatMap(resource => keyIdIn(resource.name) ?? [])
  const lists: (readonly [string, Readonly<Record<string, string>>])[] = [
    ...(username === '' ? [] : [[`All events of ${username}`, { Username: username }] as const]),
    ...(accessKeyId === ''
      ? []
      : [[`All events with the access key ${accessKeyId}`, { AccessKeyId: accessKeyId }] as const]),
    ...keys.map(key => [`All events of the key ${key}`, { ResourceName: key }] as const),
    [`All ${name} events`, { EventName: name }],
  ]
  return (
    <ul className="plain-list">
      {lists.map(([text, filter]) => (
        <li key={text}>
          <Link href={href('events', {}, filter)}>{text}</Link>
        </li>
      ))}
    </ul>
  )
}
