import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Link from '@cloudscape-design/components/link'
import { href } from '../route/use-route.ts'

/** The page of an address that names none. */
export function NoPage() {
  return (
    <Box>
      <Header variant="h1">There is no such page</Header>
      <Link href={href('keys')}>Customer managed keys</Link>
    </Box>
  )
}
