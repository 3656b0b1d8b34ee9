export function App() {
  return <main>Keyward</main>
}
