import Box from '@cloudscape-design/components/box'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { ratesOf } from '../../model/server/figures.ts'
import { Loaded } from '../../ui/states/loaded.tsx'
import { Time } from '../../ui/time.tsx'
import type { ServerFigures } from '../../wire/keyward-server.ts'
import { Facts } from './facts.tsx'
import { Operations } from './operations.tsx'
import { panelsOf } from './panels.ts'
import { RatesChart } from './rates-chart.tsx'
import { Sinks } from './sinks.tsx'
import { useReadings } from './use-readings.ts'

/** How the server is, for callers of the operator's account. */
export function HealthPage() {
  const query = useReadings()
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="Read every five seconds while this page shows. Each reading is a call of GetServerFigures with its own audit record."
      >
        Health
      </Header>
      <Loaded query={query} name="the figures of the server" action="keyward:GetServerFigures">
        {readings => <Panels readings={readings} />}
      </Loaded>
    </SpaceBetween>
  )
}

function Panels({ readings }: { readonly readings: readonly ServerFigures[] }) {
  const latest = readings.at(-1)
  if (latest === undefined) return null
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">Calls</Header>}>
        <RatesChart rates={ratesOf(readings)} />
      </Container>
      <ColumnLayout columns={2}>
        {panelsOf(latest).map(({ title, facts }) => (
          <Container key={title} fitHeight header={<Header variant="h2">{title}</Header>}>
            <Facts facts={facts} />
          </Container>
        ))}
      </ColumnLayout>
      <Sinks reading={latest} />
      <Operations reading={latest} />
      <Box variant="small">
        Keyward {latest.Version}, read <Time at={latest.Time} />
      </Box>
    </SpaceBetween>
  )
}
