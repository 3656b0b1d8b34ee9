import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { Component, type ReactNode } from 'react'

/** Shows the fault of a page in its place, so that the rest of the console goes on. */
export class PageBoundary extends Component<{ readonly children: ReactNode }, { readonly error?: Error }> {
  override state: { readonly error?: Error } = {}

  static getDerivedStateFromError(error: Error) {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <Alert
        type="error"
        header="The page has a fault"
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        {error.message}
      </Alert>
    )
  }
}
