import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import { takeTimeOf } from '../../session/clock.ts'
import type { ErrorFacts } from '../../wire/errors.ts'
import { Time } from '../time.tsx'

/** Shows both clocks if signatures are refused for their time, and offers that of the server. */
export function ClockAdvice({
  facts,
  onTaken,
}: {
  readonly facts: ErrorFacts
  readonly onTaken?: (() => void) | undefined
}) {
  const { serverDate, receivedAt } = facts
  if (serverDate === undefined || receivedAt === undefined) return null
  const take = () => {
    takeTimeOf(serverDate, receivedAt)
    onTaken?.()
  }
  return (
    <Box>
      <Box>
        This device: <Time at={receivedAt} />
      </Box>
      <Box>
        The server: <Time at={serverDate} />
      </Box>
      <Button onClick={take}>Use the server's time</Button>
    </Box>
  )
}
