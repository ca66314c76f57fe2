# The front door. What each target does stands in the script that it calls.
.PHONY: run build test tsan fuzz bench bench-growth bench-face format lint clean

run: build
	@exec build/bookadate run

build:
	@tools/build.sh

test:
	@tools/test.sh

tsan:
	@tools/tsan.sh

fuzz:
	@tools/fuzz.sh

bench: build
	@tools/bench.sh $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SECONDS),--seconds $(SECONDS))

bench-growth: build
	@tools/install.sh bench
	@PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 bench/growth.py

bench-face: build
	@tools/bench_face.sh

format:
	@tools/install.sh lint
	@find src tests -name '*.[ch]' -print0 | xargs -0 clang-format -i

lint:
	@tools/lint.sh

clean:
	rm -rf build build-asan build-tsan build-fuzz
