import Box from '@cloudscape-design/components/box'
import HelpPanel from '@cloudscape-design/components/help-panel'
import { helpTexts } from '../text/help.ts'
import type { HelpTopic } from '../ui/help.tsx'

/** The help about a topic. */
export function Help({ topic }: { readonly topic: HelpTopic }) {
  const { title, paragraphs } = helpTexts[topic]
  return (
    <HelpPanel header={<Box variant="h2">{title}</Box>}>
      {paragraphs.map(text => (
        <p key={text}>{text}</p>
      ))}
    </HelpPanel>
  )
}
