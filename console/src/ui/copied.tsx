import { Copy } from './copy.tsx'

interface CopiedProps {
  readonly text: string
  /** The name of the button, such as `Copy ARN`. */
  readonly label: string
}

/** An identifier that is shown with a button to copy it. */
export function Copied({ text, label }: CopiedProps) {
  return (
    <span className="id-text">
      <Copy text={text} label={label} /> {text}
    </span>
  )
}
