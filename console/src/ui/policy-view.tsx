import Box from '@cloudscape-design/components/box'
import { Copy } from './copy.tsx'

/** A policy as text, indented if it is JSON. */
export function PolicyView({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <>
      <Box float="right">
        <Copy text={text} label={`Copy ${label}`} />
      </Box>
      <pre className="policy-text">{indented(text)}</pre>
    </>
  )
}

/** A policy as its view shows it. */
export function indented(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}
