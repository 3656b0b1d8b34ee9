import Link from '@cloudscape-design/components/link'
import { createContext, useContext } from 'react'
import type { helpTexts } from '../text/help.ts'

/** A topic that the help panel explains. */
export type HelpTopic = keyof typeof helpTexts

/** Opens the help panel with a topic. */
export const HelpContext = createContext<(topic: HelpTopic) => void>(() => undefined)

/** The link that opens the help about something. `about` is its name, for screen readers. */
export function Info({ topic, about }: { readonly topic: HelpTopic; readonly about: string }) {
  const open = useContext(HelpContext)
  return (
    <Link variant="info" ariaLabel={`Info about ${about}`} onFollow={() => open(topic)}>
      Info
    </Link>
  )
}
