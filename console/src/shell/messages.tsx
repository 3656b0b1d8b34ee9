import Button from '@cloudscape-design/components/button'
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar'
import { type Flash, flash } from '../ui/flash.ts'

interface MessagesProps {
  readonly flashes: readonly Flash[]
  readonly isOutdated: boolean
}

export function Messages({ flashes, isOutdated }: MessagesProps) {
  const items = flashes.map(
    ({ id, text, link }): FlashbarProps.MessageDefinition => ({
      ...{ id, type: 'success', dismissible: true, dismissLabel: 'Close message' },
      onDismiss: () => flash.remove(id),
      content: text,
      ...(link !== undefined && { action: <Button href={link.href}>{link.text}</Button> }),
    }),
  )
  const outdated: FlashbarProps.MessageDefinition = {
    id: 'outdated',
    type: 'warning',
    content: 'Keyward was updated. Reload the page to go on; what you have typed here is lost then.',
    action: <Button onClick={() => location.reload()}>Reload</Button>,
  }
  return <Flashbar items={isOutdated ? [outdated, ...items] : items} />
}
