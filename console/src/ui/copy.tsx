import Button from '@cloudscape-design/components/button'
import { useRef, useState } from 'react'

interface CopyProps {
  readonly text: string
  /** The accessible name, such as `Copy ARN`. */
  readonly label: string
  /** Whether the button shows its name, and not only the icon. */
  readonly isNamed?: boolean
}

/** A button that copies a text. Over plain HTTP to a different host, browsers have no clipboard for pages: the old way then works. */
export function Copy({ text, label, isNamed = false }: CopyProps) {
  const [isCopied, setCopied] = useState<boolean>()
  const area = useRef<HTMLTextAreaElement>(null)
  const copy = async () => {
    setCopied(await copyText(text, area.current))
    setTimeout(() => setCopied(undefined), 3000)
  }
  const status = isCopied === undefined ? label : isCopied ? 'Copied' : 'Not copied: select the text instead'
  return (
    <>
      <Button
        variant={isNamed ? 'normal' : 'inline-icon'}
        iconName={isCopied === true ? 'status-positive' : 'copy'}
        ariaLabel={status}
        onClick={() => void copy()}
      >
        {isNamed ? status : undefined}
      </Button>
      <textarea ref={area} className="off-screen" readOnly tabIndex={-1} aria-hidden="true" value={text} />
    </>
  )
}

async function copyText(text: string, area: HTMLTextAreaElement | null): Promise<boolean> {
  try {
    // Undefined where the page is not in a secure context.
    if (navigator.clipboard === undefined) throw new Error('no clipboard')
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    area?.select()
    return document.execCommand('copy')
  }
}
