import { useQuery, useQueryClient } from '@tanstack/react-query'
import { figureNames } from '../../model/server/figures.ts'
import { currentRegion } from '../../route/use-route.ts'
import { keywardServer, type ServerFigures } from '../../wire/keyward-server.ts'

/** Milliseconds between two readings, while somebody looks at the page. */
export const readingEveryMs = 5000
/** Ten minutes of readings. */
const readingsMax = 120

/** The readings of the metrics since somebody opened the page, the latest last. They are forgotten with the session. */
export function useReadings() {
  const client = useQueryClient()
  const region = currentRegion()
  const queryKey = ['GetServerFigures', region]
  return useQuery({
    queryKey,
    queryFn: async ({ signal }) => {
      const reading = await keywardServer.getServerFigures({ Names: figureNames }, { region, signal })
      const before = client.getQueryData<readonly ServerFigures[]>(queryKey) ?? []
      return [...before.slice(1 - readingsMax), reading]
    },
    refetchInterval: readingEveryMs,
    structuralSharing: false,
  })
}
