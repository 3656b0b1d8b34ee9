import Button from '@cloudscape-design/components/button'
import { Suspense, useState } from 'react'
import { lazyPart } from '../../ui/lazy-part.ts'

const OpenKeyForm = lazyPart(() => import('./open-key-form.tsx').then(part => part.OpenKeyForm))

/** Opens a key by its name, also one of a different account, which no list has. */
export function OpenKey() {
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <Button onClick={() => setOpen(true)}>Open key</Button>
      {isOpen && (
        <Suspense>
          <OpenKeyForm onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
