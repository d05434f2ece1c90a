export default function Page() {
  return <p>The application beside the relay</p>
}
