import { Suspense } from 'react'
import { lazyPart } from '../lazy-part.ts'
import type { ErrorAlertProps } from './error-alert.tsx'

const ErrorAlert = lazyPart(() => import('./error-alert.tsx').then(part => part.ErrorAlert))

/** An error on a page that must be small: the code that shows it is loaded with the first. */
export function ErrorBox(props: ErrorAlertProps) {
  return (
    <Suspense>
      <ErrorAlert {...props} />
    </Suspense>
  )
}
