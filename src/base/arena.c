/* One region of memory that is freed all at once; must not know what is kept in it. */
#include "base/arena.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Under AddressSanitizer what is not handed out is poisoned, and a gap follows every piece, so that
 * an overrun or a use after reset inside an arena is reported like one on the heap. */
#if defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer)
#define POISONS 1
#endif
#elif defined(__SANITIZE_ADDRESS__) /* gcc */
#define POISONS 1
#endif
#if defined(POISONS)
#include <sanitizer/asan_interface.h>
#define GAP ((size_t)16)
#else
#define GAP ((size_t)0)
#define ASAN_POISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#define ASAN_UNPOISON_MEMORY_REGION(at, len) ((void)(at), (void)(len))
#endif

#define ALIGN (_Alignof(max_align_t))
#define BLOCK_MIN ((size_t)4096) /* header included */
#define BLOCK_MAX                                                                                  \
    ((size_t)65536) /* blocks double up to here; a bigger piece gets its own block                 \
                     */

struct arena_block {
    struct arena_block *older;
    size_t size;                        /* of bytes[] */
    _Alignas(max_align_t) char bytes[]; /* zero wherever nothing was handed out */
};

static _Noreturn void out_of_memory(void)
{
    static const char said[] = "bookadate: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, said, sizeof(said) - 1);
    (void)ignored;
    abort();
}

static size_t add(size_t a, size_t b)
{
    size_t sum = 0;
    if (__builtin_add_overflow(a, b, &sum))
        out_of_memory();
    return sum;
}

static size_t multiply(size_t n, size_t size)
{
    size_t product = 0;
    if (__builtin_mul_overflow(n, size, &product))
        out_of_memory();
    return product;
}

/* What a piece takes: rounded up, so that the next one is aligned too. */
static size_t footprint(size_t size)
{
    return add(size > 0 ? size : 1, GAP + ALIGN - 1) & ~(ALIGN - 1);
}

void arena_init(struct arena *a)
{
    *a = (struct arena){0};
}

static void open_block(struct arena *a, struct arena_block *block)
{
    a->next = block->bytes;
    a->end = block->bytes + block->size;
    ASAN_POISON_MEMORY_REGION(block->bytes, block->size);
}

static void add_block(struct arena *a, size_t room)
{
    size_t want =
        a->blocks == NULL ? BLOCK_MIN : (a->blocks->size + sizeof(struct arena_block)) * 2;
    if (want > BLOCK_MAX)
        want = BLOCK_MAX;
    if (want < add(room, sizeof(struct arena_block)))
        want = add(room, sizeof(struct arena_block));

    struct arena_block *block = calloc(1, want);
    if (block == NULL)
        out_of_memory();
    block->size = want - sizeof(struct arena_block);
    block->older = a->blocks;
    a->blocks = block;
    open_block(a, block);
}

/* Requests carry passwords and tokens: what was handed out is wiped. It also keeps the rule that a
 * block's free room is always zero. */
static void wipe_block(struct arena_block *block, const char *used_to)
{
    ASAN_UNPOISON_MEMORY_REGION(block->bytes, block->size);
    explicit_bzero(block->bytes, (size_t)(used_to - block->bytes));
}

/* Wipe all blocks, newest first, and free all but `keep` (which may be NULL). */
static void drop_blocks(struct arena *a, struct arena_block *keep)
{
    struct arena_block *block = a->blocks;
    const char *used_to = a->next;
    while (block != NULL) {
        struct arena_block *older = block->older;
        wipe_block(block, used_to);
        if (block != keep)
            free(block);
        block = older;
        used_to = block != NULL ? block->bytes + block->size : NULL;
    }
    arena_init(a);
}

void arena_free(struct arena *a)
{
    drop_blocks(a, NULL);
}

/* The biggest block of ordinary size: one long request must not stay long for ever. */
static struct arena_block *block_to_keep(const struct arena *a)
{
    struct arena_block *keep = NULL;
    for (struct arena_block *b = a->blocks; b != NULL; b = b->older) {
        if (b->size + sizeof(*b) <= BLOCK_MAX && (keep == NULL || b->size > keep->size))
            keep = b;
    }
    return keep;
}

void arena_reset(struct arena *a)
{
    struct arena_block *keep = block_to_keep(a);
    drop_blocks(a, keep);
    if (keep == NULL)
        return;
    keep->older = NULL;
    a->blocks = keep;
    open_block(a, keep);
}

size_t arena_held(const struct arena *a)
{
    size_t held = 0;
    for (const struct arena_block *b = a->blocks; b != NULL; b = b->older)
        held += sizeof(*b) + b->size;
    return held;
}

void *arena_alloc(struct arena *a, size_t size)
{
    size_t room = footprint(size);
    if ((size_t)(a->end - a->next) < room)
        add_block(a, room);
    char *at = a->next;
    a->next += room;
    a->used_bytes += size;
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    return at;
}

void *arena_array(struct arena *a, size_t n, size_t size)
{
    return arena_alloc(a, multiply(n, size));
}

/* Stretch the newest piece where it stands; false when it is not the newest or the block is full.
 */
static bool stretch(struct arena *a, char *old, size_t old_size, size_t new_size)
{
    if (old == NULL || old + footprint(old_size) != a->next)
        return false;
    size_t room = footprint(new_size);
    if ((size_t)(a->end - old) < room)
        return false;
    a->next = old + room;
    a->used_bytes += new_size - old_size;
    ASAN_UNPOISON_MEMORY_REGION(old, new_size);
    return true;
}

void *arena_grow(struct arena *a, void *old, size_t n_old, size_t n_new, size_t size)
{
    size_t old_size = multiply(n_old, size);
    size_t new_size = multiply(n_new, size);
    if (new_size <= old_size && old != NULL)
        return old;

    if (stretch(a, old, old_size, new_size))
        return old;
    char *grown = arena_alloc(a, new_size);
    if (old_size > 0 && old != NULL)
        memcpy(grown, old, old_size);
    return grown;
}

struct str arena_str(struct arena *a, struct str s)
{
    if (!str_present(s))
        return STR_NULL;
    char *copy = arena_alloc(a, add(s.len, 1));
    if (s.len > 0)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return (struct str){copy, s.len};
}

struct str arena_vprintf(struct arena *a, const char *fmt, va_list ap)
{
    va_list again;
    va_copy(again, ap);
    int len = vsnprintf(NULL, 0, fmt, ap);
    if (len < 0)
        out_of_memory();
    char *text = arena_alloc(a, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, fmt, again);
    va_end(again);
    return (struct str){text, (size_t)len};
}

struct str arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    struct str s = arena_vprintf(a, fmt, ap);
    va_end(ap);
    return s;
}
