# 城图: everything a newcomer types. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test tests checks lint ready compiled vendor vendor-test ogctests setup setup-test system-test free-port database stop bench scale faults upgrade qgis clean locks

VAR ?= var
PORT ?= 8000
HOST ?= 127.0.0.1
# Demo accounts exist on this machine only; the server refuses them on any other address, and behind a public name.
DEMO ?= $(if $(ALLOWED_HOSTS),0,$(if $(filter 127.% localhost ::1,$(HOST)),1,0))
export VAR PORT HOST DEMO
PYTHON := .venv/bin/python

help: ## 列出所有命令 / List the targets
	@grep -hE '^[a-z-]+:.*?## ' $(MAKEFILE_LIST) | awk -F ':.*?## ' '{printf "  make %-9s %s\n", $$1, $$2}'

run: .venv/.stamp free-port vendor database ## 安装、建库并启动,PORT= VAR= 可选 / Set everything up and serve
	@exec $(PYTHON) manage.py serve

test: .venv/.stamp-dev ## 安装后执行全部检查与测试 / Set everything up, then every check and test
	@$(MAKE) --no-print-directory -j4 lint checks tests

lint: .venv/.stamp-dev ## 仅代码检查:格式、类型、分层 / Style, types and the import contract
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

vendor: .venv/.stamp ## 按锁文件取前端库 / Fetch the front-end libraries by the lock file
	@$(PYTHON) setup/vendor.py "$(VAR)"

stop: ## 停止服务器与内置数据库 / Stop the server and the embedded database
	@if [ -x $(PYTHON) ]; then $(PYTHON) manage.py stop && $(PYTHON) -m config.cluster stop; fi

bench: setup-test database ## 与同类软件比较,逐项判定,LONG=1 更久 / Compare with the peers and judge each gate; LONG=1 for all
	@setup/system.sh bench
	$(PYTHON) -m bench

scale: setup-test ## 在本机试运行多机部署 / Try two nodes, replica, PgBouncer, Redis and nginx on this machine
	@setup/system.sh scale
	$(PYTHON) -m bench.scale $(SCALE)

faults: setup-test ## 逐项破坏运行中的服务,数据库停 30 秒 / Break a running server in each way, the database away for 30 s
	OUTAGE_S=30 $(PYTHON) -m pytest -q -rP --show-capture=stdout tests/faults

upgrade: setup-test ## 用较早版本建城,按手册升级,FROM= 可选 / Have an older release make a town, and upgrade it by the guide
	@setup/system.sh scale
	$(PYTHON) -m bench.upgrade

qgis: ready ## 用真正的 QGIS 读要素、画瓦片 / Have a real QGIS read features and draw tiles
	@setup/system.sh qgis
	$(PYTHON) -m pytest -q -rs tests/pages/test_qgis.py

clean: ## 删除 VAR 中的一切(数据库也删!)、.venv* 与前端库 / Delete VAR (the database too!), .venv* and vendored files
	@printf '将删除 / This deletes: %s .venv .venv-ogctests frontend/static/vendor — 输入 yes 继续 / type yes to go on: ' "$(VAR)"; \
	if [ "$(YES)" = 1 ]; then echo; else read -r answer && [ "$$answer" = yes ]; fi
	@if [ -x $(PYTHON) ]; then $(PYTHON) manage.py stop && DATABASE_URL= $(PYTHON) -m config.cluster remove; fi
	rm -rf "$(VAR)" .venv .venv-ogctests frontend/static/vendor tests/pages/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# What follows is used by the targets above.

tests: ready # begins on one processor while the other lints; what it needs is fetched meanwhile
	$(PYTHON) -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder $(PYTEST)

checks: ready
	$(PYTHON) manage.py makemigrations --check --dry-run
	$(PYTHON) manage.py check --fail-level WARNING
	HOST=0.0.0.0 ALLOWED_HOSTS=map.example DEMO=0 $(PYTHON) manage.py check --deploy --fail-level WARNING

ready: setup-test compiled
	$(PYTHON) -m config.cluster start

compiled: .venv/.stamp-dev # once, not by each of a hundred processes
	@$(PYTHON) -m compileall -q config data frontend gis layers tiles
	@$(PYTHON) setup/rewritten.py

setup: .venv/.stamp vendor

setup-test: ogctests vendor-test

system-test: .venv/.stamp-dev
	@setup/system.sh test

ogctests: system-test
	@setup/ogctests.sh

vendor-test: system-test
	@$(PYTHON) setup/vendor.py "$(VAR)" --tests

.venv/.stamp: requirements.lock setup/system.sh setup/python.sh setup/install.sh setup/uv.lock
	@setup/system.sh run
	@setup/python.sh requirements.lock
	@touch $@

.venv/.stamp-dev: requirements-dev.lock setup/system.sh setup/python.sh setup/install.sh setup/uv.lock
	@setup/system.sh test
	@setup/python.sh requirements-dev.lock
	@touch .venv/.stamp $@

free-port:
	@$(PYTHON) manage.py serve --check-port

database:
	@$(PYTHON) -m config.cluster start >/dev/null
	@$(PYTHON) manage.py prepare

# For maintainers: pin anew what pyproject.toml allows, with hashes for every platform.
UV = $(VAR)/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header pyproject.toml
locks: .venv/.stamp-dev
	@[ -x "$(VAR)/tools/bin/uv" ] || { python3 -m venv "$(VAR)/tools" && "$(VAR)/tools/bin/pip" install --quiet uv; }
	$(UV) -o requirements.lock
	$(UV) --extra dev -o requirements-dev.lock
