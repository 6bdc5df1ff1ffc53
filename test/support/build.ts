import { execFileSync } from 'node:child_process';

/** Builds `dist/` before the tests, which import it as `#dist/…`. */
export function setup(): void {
  execFileSync('npm', ['run', '--silent', 'build'], { stdio: 'inherit' });
}
