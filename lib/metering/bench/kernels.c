// What guests spend their time on, each as one exported function of one argument: how much of it.
#define KERNEL(name) __attribute__((export_name(#name))) double name(int n)
#define NOINLINE __attribute__((noinline))
typedef unsigned u32;
typedef unsigned long long u64;

static NOINLINE int fibonacci(int n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }
KERNEL(fib) { return fibonacci(n); }

static NOINLINE u32 f0(u32 x) { return x + 1; }
static NOINLINE u32 f1(u32 x) { return x ^ 0x55; }
static NOINLINE u32 f2(u32 x) { return x * 3; }
static NOINLINE u32 f3(u32 x) { return x >> 1; }
static u32 (*volatile table[4])(u32) = {f0, f1, f2, f3};
KERNEL(indirect) {
  u32 x = 1;
  for (int i = 0; i < n; i++) x = table[(x ^ i) & 3](x);
  return x;
}

static int numbers[100000];
static NOINLINE void quicksort(int low, int high) {
  while (low < high) {
    int pivot = numbers[(low + high) >> 1], i = low, j = high;
    while (i <= j) {
      while (numbers[i] < pivot) i++;
      while (numbers[j] > pivot) j--;
      if (i <= j) { int t = numbers[i]; numbers[i++] = numbers[j]; numbers[j--] = t; }
    }
    quicksort(low, j);
    low = i;
  }
}
KERNEL(qsort) {
  u32 x = 1;
  double sum = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < 5000; i++) numbers[i] = (x = x * 1664525 + 1013904223) >> 1;
    quicksort(0, 4999);
    sum += numbers[2500];
  }
  return sum;
}

static unsigned char marks[1 << 20];
KERNEL(sieve) {
  int found = 0;
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < 1 << 17; i++) marks[i] = 1;
    for (int i = 2; i < 1 << 10; i++) if (marks[i]) for (int j = i * i; j < 1 << 17; j += i) marks[j] = 0;
    for (int i = 2; i < 1 << 17; i++) found += marks[i];
  }
  return found;
}

static double a[120][120], b[120][120], c[120][120];
KERNEL(matmul) {
  for (int i = 0; i < 120; i++) for (int j = 0; j < 120; j++) { a[i][j] = i + j; b[i][j] = i - j; }
  for (int round = 0; round < n; round++)
    for (int i = 0; i < 120; i++) for (int j = 0; j < 120; j++) {
      double sum = 0;
      for (int k = 0; k < 120; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum + c[i][j];
    }
  return c[7][9];
}

KERNEL(mandelbrot) {
  int inside = 0;
  for (int y = 0; y < n; y++) for (int x = 0; x < n; x++) {
    double cr = 3.0 * x / n - 2, ci = 2.0 * y / n - 1, r = 0, i = 0;
    int turn = 0;
    for (; turn < 100 && r * r + i * i < 4; turn++) { double t = r * r - i * i + cr; i = 2 * r * i + ci; r = t; }
    inside += turn == 100;
  }
  return inside;
}

static double at[5][3], speed[5][3], mass[5] = {40, 0.04, 0.01, 0.002, 0.002};
KERNEL(nbody) {
  for (int i = 0; i < 5; i++) for (int k = 0; k < 3; k++) { at[i][k] = i * 3 + k * 0.5; speed[i][k] = i * 0.1 - k * 0.2; }
  for (int step = 0; step < n; step++) {
    for (int i = 0; i < 5; i++) for (int j = i + 1; j < 5; j++) {
      double d[3], square = 0;
      for (int k = 0; k < 3; k++) { d[k] = at[i][k] - at[j][k]; square += d[k] * d[k]; }
      double pull = 0.01 / (square * __builtin_sqrt(square));
      for (int k = 0; k < 3; k++) { speed[i][k] -= d[k] * mass[j] * pull; speed[j][k] += d[k] * mass[i] * pull; }
    }
    for (int i = 0; i < 5; i++) for (int k = 0; k < 3; k++) at[i][k] += 0.01 * speed[i][k];
  }
  return at[0][0];
}

static u32 rotate(u32 x, int by) { return x >> by | x << (32 - by); }
KERNEL(hash) {
  u32 s[8] = {1, 2, 3, 4, 5, 6, 7, 8}, w[64];
  for (int round = 0; round < n; round++) {
    for (int i = 0; i < 16; i++) w[i] = s[i & 7] + i;
    for (int i = 16; i < 64; i++) w[i] = w[i - 16] + (rotate(w[i - 15], 7) ^ rotate(w[i - 15], 18)) + w[i - 7] + (rotate(w[i - 2], 17) ^ rotate(w[i - 2], 19));
    for (int i = 0; i < 64; i++) {
      u32 t = s[7] + (rotate(s[4], 6) ^ rotate(s[4], 11)) + ((s[4] & s[5]) ^ (~s[4] & s[6])) + w[i];
      for (int k = 7; k > 0; k--) s[k] = s[k - 1];
      s[4] += t;
      s[0] = t + (rotate(s[1], 2) ^ rotate(s[1], 13));
    }
  }
  return s[0];
}

static const unsigned char program[] = {0, 1, 2, 3, 4, 5, 6, 1, 2, 0, 3, 7};
KERNEL(interpreter) {
  u32 x = 1, y = 2, at = 0;
  for (int left = n; left > 0;) switch (program[at++]) {
    case 0: x += y; break;
    case 1: y ^= x; break;
    case 2: x *= 31; break;
    case 3: if (x & 1) y++; break;
    case 4: y = y << 3 | y >> 29; break;
    case 5: numbers[x & 1023] = y; break;
    case 6: y += numbers[y & 1023]; break;
    case 7: at = 0; left--; break;
  }
  return x + y;
}

struct node { struct node *left, *right; };
static struct node nodes[1 << 17];
static int used;
static NOINLINE struct node *grow(int depth) {
  struct node *node = &nodes[used++];
  node->left = depth ? grow(depth - 1) : 0;
  node->right = depth ? grow(depth - 1) : 0;
  return node;
}
static NOINLINE int count(struct node *node) { return node ? 1 + count(node->left) + count(node->right) : 0; }
KERNEL(trees) {
  int sum = 0;
  for (int round = 0; round < n; round++) { used = 0; sum += count(grow(11)); }
  return sum;
}

static char text[4096];
static NOINLINE int print(char *to, u32 value) {
  char digits[12];
  int count = 0;
  do digits[count++] = '0' + value % 10; while (value /= 10);
  for (int i = 0; i < count; i++) to[i] = digits[count - 1 - i];
  return count;
}
static NOINLINE u32 add(u32 hash, char c) { return (hash ^ (unsigned char)c) * 16777619; }
KERNEL(strings) {
  u32 hash = 2166136261u;
  for (int round = 0; round < n; round++) {
    int length = print(text, round * 2654435761u);
    for (int i = 0; i < length; i++) hash = add(hash, text[i]);
  }
  return hash;
}
