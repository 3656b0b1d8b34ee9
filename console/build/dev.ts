import { requireInstalled } from './installed.ts'
import { base, options } from './options.ts'

// Serves the console from its source, for those who change it. Calls go to the Keyward server at KEYWARD_URL.
requireInstalled()
const { createServer } = await import('vite')
const target = process.env['KEYWARD_URL'] ?? 'http://127.0.0.1:4599'
const server = await createServer({
  ...options,
  plugins: [...options.plugins],
  logLevel: 'info',
  server: {
    host: '127.0.0.1',
    // Signatures cover the Host header, so that it must reach the server as the browser sent it.
    proxy: {
      '^/$': { target, changeOrigin: false },
      [`^${base}config\\.json$`]: { target, changeOrigin: false },
      '^/readyz$': { target, changeOrigin: false },
    },
  },
})
await server.listen()
server.printUrls()
